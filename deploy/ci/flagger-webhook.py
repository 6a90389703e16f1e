"""Answers Flagger's webhook with the gate's verdict: 200 where `shadow gate` exits with 0, else 403 and the headline.

    python flagger-webhook.py --config /etc/shadow-parity/shadow.yaml --listen 0.0.0.0:8099
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

OPEN = 0


def verdict(config: str) -> tuple[int, str]:
    """Return the gate's exit code and its headline, or what kept it from answering."""
    done = subprocess.run(
        [sys.executable, "-m", "shadow", "gate", "-c", config, "--json"], capture_output=True, text=True, check=False
    )
    headline = next((line for line in done.stdout.splitlines() if '"headline"' in line), done.stderr.strip())
    return done.returncode, headline.strip()


def handler(config: str) -> type[BaseHTTPRequestHandler]:
    """Return the handler for a configuration."""

    class Gate(BaseHTTPRequestHandler):
        """One question, one answer; nothing of the request is read but its end."""

        def do_POST(self) -> None:
            """Answer the webhook."""
            self.rfile.read(int(self.headers.get("content-length") or 0))
            code, headline = verdict(config)
            body = f"{code} {headline}\n".encode()
            self.send_response(200 if code == OPEN else 403)
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Gate


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="shadow.yaml")
    parser.add_argument("--listen", default="127.0.0.1:8099")
    asked = parser.parse_args()
    host, _, port = asked.listen.rpartition(":")
    HTTPServer((host, int(port)), handler(asked.config)).serve_forever()


if __name__ == "__main__":
    main()
