"""The sender process. What it does is in sending.py, which can be compiled; what is started by name cannot."""

from __future__ import annotations

import socket

from shadow.ipc.assignment import Assignment, Lifeline, run_child
from shadow.legs.sending import Sender


async def main(assignment: Assignment, lifeline: Lifeline) -> None:
    """Run a sender as assigned."""
    sock = socket.socket(fileno=assignment.listen_fd)
    sock.setblocking(False)
    await Sender(assignment).serve(sock, lifeline)


if __name__ == "__main__":
    run_child(main)
