"""Primary and candidate: two nginx on the same files, so that their answers are the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from bench.live.host import free_port, start, wait_for_port

# nginx serves files to GET only; answering a POST with the file makes it read the body and costs the same everywhere.
_CONFIG = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 16384; }}
http {{
  access_log off; tcp_nodelay on; sendfile off; default_type application/json; etag on;
  keepalive_requests 1000000000; keepalive_timeout 3600s; client_body_buffer_size 64k;
  open_file_cache max=100; open_file_cache_valid 3600s; output_buffers 2 64k;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port} backlog=8192; root {root}; error_page 405 =200 $uri; }}
}}
"""

SIZES = {"1 KB": 1024, "20 KB": 20 * 1024}


class Backend(NamedTuple):
    """A server that answers `/1` and `/20`."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


def path_of(size: str) -> str:
    """Return the path that answers a body of this size (a key of SIZES)."""
    return f"/bodies/{SIZES[size] // 1024}.json"


def document(size_bytes: int) -> bytes:
    """Return a page of orders of exactly this many bytes."""
    items: list[dict[str, object]] = []
    page: dict[str, object] = {"generated_at": "2026-03-01T10:00:00Z", "items": items, "padding": ""}
    while len(json.dumps(page)) < size_bytes - 170:
        at = len(items)
        items.append({
            "id": at, "name": f"item {at}", "price": at * 1.25, "active": at % 2 == 0, "tags": ["a", "b"],
            "customer": {"id": at * 7, "email": f"u{at}@example.com"},
        })  # fmt: skip
    page["padding"] = "x" * (size_bytes - len(json.dumps(page)))
    return json.dumps(page).encode()


def write_bodies(folder: Path) -> Path:
    """Write the files, dated alike, and return their root."""
    root = folder / "root"
    (root / "bodies").mkdir(parents=True)
    for size, size_bytes in SIZES.items():
        file = Path(f"{root}{path_of(size)}")
        file.write_bytes(document(size_bytes))
        os.utime(file, (1.7e9, 1.7e9))
    root.chmod(0o755)
    return root


def start_backend(folder: Path, root: Path, core: int) -> Backend:
    """Start one nginx that serves the files."""
    folder.mkdir()
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(worker_user() + _CONFIG.format(folder=folder, port=port, root=root))
    process = start(["nginx", "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(config)], core,
                    log=folder / "log")  # fmt: skip
    wait_for_port(port, process)
    return Backend(port, process)


def worker_user() -> str:
    """nginx started by root drops to nobody, who cannot read a private temporary folder."""
    return "user root;\n" if os.geteuid() == 0 else ""
