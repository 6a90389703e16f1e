"""Real servers, each with a mirror in front of it; the helpers beside this file are importable."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from differential_apps import BIG  # noqa: E402 - found by the line above

_spec = importlib.util.spec_from_file_location("e2e_conftest_for_differential", HERE.parent / "e2e" / "conftest.py")
assert _spec is not None and _spec.loader is not None
_e2e: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)

NGINX = """\
daemon off; worker_processes 1; {user} pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type text/plain; keepalive_requests 1000000; {gzip}
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}; root {folder}/www;
    location = /plain {{
      add_header Set-Cookie "a=1; Path=/"; add_header X-Dup "2, 3"; add_header Set-Cookie "b=2; Path=/";
      add_header X-Dup "1"; return 200 "hello";
    }}
    location = /odd {{ add_header X-Quoted '"a, b";q=0.5'; add_header x-lower y; add_header X-UPPER z; return 200 ""; }}
    location = /nothing {{ add_header X-Empty yes; return 204; }}
    location = /moved {{ return 302 /plain?from=moved; }}
    location = /broken {{ return 500 "broken"; }}
    location = /echo {{
      default_type application/json;
      return 200 '{{"method": "$request_method", "target": "$request_uri", "headers": [{echoed}]}}';
    }}
  }}
}}
"""
ECHOED = ", ".join(
    f'["{name}", "$http_{name.replace("-", "_")}"]'
    for name in ("host", "x-a", "x-empty", "content-length", "content-type", "user-agent", "cookie", "accept")
)


class Pair(NamedTuple):
    """A server, reachable directly and through a mirror."""

    name: str
    direct: str
    mirror: Any

    @property
    def through(self) -> str:
        return str(self.mirror.url)


def needs(program: str, package: str) -> None:
    """Skip, by name and with the remedy, where a program is missing."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: apt-get install {package})")


def nginx_command(folder: Path, port: int, *, gzip: str) -> list[str]:
    needs("nginx", "nginx-light")
    www = folder / "www"
    www.mkdir(parents=True)
    (www / "big").write_bytes(BIG)
    (www / "cached").write_bytes(b"cached")
    (www / "streamed").write_bytes(b"one two three" * 200)
    folder.chmod(0o755)
    config = folder / "nginx.conf"
    # Its worker reads the files as the user who wrote them; only root may say so.
    user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    config.write_text(NGINX.format(folder=folder, port=port, user=user, gzip=gzip, echoed=ECHOED))
    return ["nginx", "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(config)]


def command_of(name: str, folder: Path, port: int) -> list[str]:
    if name == "nginx":
        return nginx_command(folder / "nginx", port, gzip="")
    if name == "uvicorn":
        return [sys.executable, "-m", "uvicorn", "--port", str(port), "--log-level", "warning", "--app-dir", str(HERE),
                "differential_apps:asgi"]
    if name == "waitress":
        return [sys.executable, str(HERE / "differential_apps.py"), str(port)]
    if name == "gunicorn":
        return [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
                "--threads", "8", "--keep-alive", "30", "--log-level", "warning", "--chdir", str(HERE),
                "--worker-tmp-dir", str(folder), "differential_apps:wsgi"]
    needs("node", "nodejs")
    return ["node", str(HERE / "node_site.js"), str(port)]


@contextlib.contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[str]:
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        _e2e.wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def mirrored(name: str, url: str, folder: Path) -> Iterator[Pair]:
    """With a candidate that is not there: only the live side is looked at."""
    mirror = _e2e.Mirror(folder, {
        "primary": {"url": url, "build": "a"},
        "candidate": {"url": "http://127.0.0.1:1", "build": "b"},
        "mirror": {"max_body_bytes": 8 << 20},
    })
    try:
        yield Pair(name, url, mirror)
    finally:
        mirror.kill()


@pytest.fixture(scope="module", params=["nginx", "uvicorn", "waitress", "gunicorn", "node"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    port = _e2e.free_port()
    with running(command_of(name, folder, port), port, folder) as url, mirrored(name, url, folder) as made:
        yield made


@pytest.fixture
def nginx_with(tmp_path: Path) -> Iterator[Any]:
    """Start nginx with gzip directives of its own, with a mirror in front."""
    with contextlib.ExitStack() as stack:

        def start(gzip: str) -> Pair:
            port = _e2e.free_port()
            command = nginx_command(tmp_path / "nginx", port, gzip=gzip)
            url = stack.enter_context(running(command, port, tmp_path))
            return stack.enter_context(mirrored("nginx", url, tmp_path))

        yield start
