"""What outlives the single processes of a run: its sockets, its lane file, its folder."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from shadow.config.model import Config
from shadow.errors import EnvironmentFailure
from shadow.ipc.beats import Beats
from shadow.ipc.lanes import LaneFile
from shadow.wire.address import Address, parse_listen, reach

_SLOTS = 1024
_BACKLOG = 4096
# unix(7): 108 bytes with the closing NUL, less the longest name of a socket in the folder.
_MOST_FOLDER_BYTES = 107 - len("/comparer-9999.sock")


class Runtime:
    """Made once by the supervisor. Raises EnvironmentFailure for a busy port or a folder that cannot be written."""

    def __init__(self, config: Config, inherited: Sequence[socket.socket] = ()) -> None:
        """`inherited` are listening sockets that somebody else opened; they stand in for `listen`."""
        count = config.mirror.listeners
        self._folder = _folder_for_sockets()
        try:
            self.listen_socks = tuple(_shared(inherited, count) if inherited else _listen_all(config.listen, count))
        except BaseException:
            self._folder.rmdir()
            raise
        # Where it was inherited it is somebody else's, who will want it again.
        self._listen_path = "" if inherited else parse_listen(config.listen).path
        self.sender_paths = tuple(
            str(self._folder / f"sender-{index}.sock") for index in range(config.mirror.senders)
        )
        self.keeper_path = str(self._folder / "keeper.sock")
        self.comparer_paths = tuple(
            str(self._folder / f"comparer-{index}.sock") for index in range(config.mirror.comparers)
        )
        self.sender_socks = tuple(_unix(path) for path in self.sender_paths)
        self.keeper_sock = _unix(self.keeper_path)
        # The keeper's way up: it may die and be replaced, the pipe stays.
        up_read, up_write = os.pipe()
        self.up_read = os.fdopen(up_read, "rb", 0)
        self.up_write = os.fdopen(up_write, "wb", 0)
        self.comparer_socks = tuple(_unix(path) for path in self.comparer_paths)
        self.beat_path = self._folder / "beats"
        places = 1 + config.mirror.listeners + config.mirror.senders + config.mirror.comparers
        try:
            self.beats = Beats(self.beat_path, places=places)
        except OSError as error:
            raise EnvironmentFailure(
                f"{self.beat_path} cannot be written ({error.strerror}).", "Free space there, or set TMPDIR."
            ) from error
        ledger = Path(config.ledger.path)
        self.lane_path = ledger.with_name(ledger.name + ".lanes")
        try:
            ledger.parent.mkdir(parents=True, exist_ok=True)
            if self.lane_path.exists():
                # A run that ended without settling its lanes: the keeper does it now. There may be several.
                self.lane_path.replace(self.lane_path.with_name(f"{self.lane_path.name}.{secrets.token_hex(4)}"))
            self.lanes = LaneFile(self.lane_path, slots=_SLOTS)
        except OSError as error:
            raise EnvironmentFailure(
                f"{self.lane_path} cannot be written ({error.strerror}).", "Make the ledger's folder writable."
            ) from error

    def stop_listening(self) -> None:
        """Close the supervisor's hold on the live sockets: from now on connections are refused."""
        for sock in self.listen_socks:
            sock.close()
        if self._listen_path:
            Path(self._listen_path).unlink(missing_ok=True)

    def close(self) -> None:
        """Close and remove everything but the ledger. A settled run leaves no lane file behind."""
        self.lanes.close()
        self.beats.close()
        self.up_read.close()
        self.up_write.close()
        for sock in (self.keeper_sock, *self.sender_socks, *self.comparer_socks):
            sock.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def forget_lanes(self) -> None:
        """Remove the lane file: the keeper has settled every lane."""
        self.lane_path.unlink(missing_ok=True)

    def previous_lane_paths(self) -> list[Path]:
        """The lane files of runs that were not settled."""
        return sorted(self.lane_path.parent.glob(f"{self.lane_path.name}.*"))


def listen(text: str, *, shared: bool = False) -> socket.socket:
    """Open a live socket; `shared` ones divide the connections of one port between them.

    Raises EnvironmentFailure naming the address and the remedy.
    """
    return _open(parse_listen(text), text, shared=shared)


def _shared(inherited: Sequence[socket.socket], count: int) -> Iterator[socket.socket]:
    if len(inherited) > count:
        raise EnvironmentFailure(
            f"{len(inherited)} sockets were passed for {count} listener{'s' if count > 1 else ''}.",
            f"Set mirror.listeners to {len(inherited)} or more, or pass fewer sockets.",
        )
    # Listeners beyond the number of sockets take their connections from the same queues.
    for index in range(count):
        yield inherited[index] if index < len(inherited) else inherited[index % len(inherited)].dup()


def _listen_all(text: str, count: int) -> Iterator[socket.socket]:
    first = listen(text, shared=count > 1)
    yield first
    if first.family == socket.AF_UNIX:
        # A unix socket has one queue, from which all take.
        yield from (first.dup() for _ in range(count - 1))
        return
    # Port 0 is chosen once: the others share what the first one got.
    address = msgspec.structs.replace(parse_listen(text), port=first.getsockname()[1])
    for _ in range(count - 1):
        yield _open(address, text, shared=True)


def _open(address: Address, text: str, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(socket.AF_UNIX if address.path else family, socket.SOCK_STREAM)
    try:
        if address.path:
            _forget_dead(address)
            sock.bind(address.path)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind((address.host, address.port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise EnvironmentFailure(
            f"cannot listen on {text} ({error.strerror}).",
            "Stop what uses it, or set `listen` to another address.",
        ) from error
    sock.setblocking(False)
    return sock


def _forget_dead(address: Address) -> None:
    """Remove a socket file that its owner left behind; one that somebody listens on stays, and binding fails."""
    try:
        reach(address, 1.0)
    except ConnectionRefusedError:
        if stat.S_ISSOCK(os.stat(address.path).st_mode):
            os.unlink(address.path)
    except OSError:
        # Nothing is there, or something else that binding will name.
        pass


def _folder_for_sockets() -> Path:
    """Make a folder that only we may enter, in TMPDIR or, where that path is too long for a socket, in /tmp."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="shadow-"))
        if len(os.fsencode(folder)) > _MOST_FOLDER_BYTES:
            folder.rmdir()
            folder = Path(tempfile.mkdtemp(prefix="shadow-", dir="/tmp"))
    except OSError as error:
        reason = error.strerror or error
        raise EnvironmentFailure(
            f"No folder can be made for the sockets between the processes ({reason}).",
            "Set TMPDIR to a writable folder with a short path, or make /tmp writable.",
        ) from error
    return folder


def _unix(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(path)
    sock.listen(64)
    sock.setblocking(False)
    return sock
