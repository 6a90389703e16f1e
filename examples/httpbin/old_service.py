"""The old backend: httpbin as it comes from the package index, on waitress.

    python examples/httpbin/old_service.py --port 8001
"""

from __future__ import annotations

import argparse
import logging

import waitress


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8001)
    port = parser.parse_args().port
    logging.disable(logging.WARNING)  # httpbin warns that its landing page lacks an optional package
    from httpbin import app

    server = waitress.create_server(app, host="127.0.0.1", port=port)
    print(f"http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
