"""Protobuf messages by the name that a descriptor set gives them; the package protobuf is loaded only for this."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from shadow.config.model import Protobuf
from shadow.errors import ConfigError

if TYPE_CHECKING:
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import Message

_KEY = "compare.protobuf.descriptors"
_REMEDY = "Make it with `protoc --include_imports --descriptor_set_out=FILE …`, or remove the setting."


class Messages:
    """The messages of one descriptor set."""

    def __init__(self, pool: DescriptorPool) -> None:
        self._pool = pool
        self._classes: dict[str, type[Message] | None] = {}

    def find(self, name: str) -> type[Message] | None:
        """Return the class of a message by its full name, `shop.v1.Order`; None where the set has none."""
        if name not in self._classes:
            if len(self._classes) >= 4096:  # names may come from answers
                self._classes.clear()
            self._classes[name] = self._made(name)
        return self._classes[name]

    def _made(self, name: str) -> type[Message] | None:
        from google.protobuf.message_factory import GetMessageClass

        try:
            return GetMessageClass(self._pool.FindMessageTypeByName(name))
        except KeyError:
            return None


@lru_cache(maxsize=4)
def load_messages(path: str) -> Messages:
    """Return the messages of a descriptor set (`google.protobuf.FileDescriptorSet`), read once.

    Raises ConfigError where the package is missing, or the file cannot be read, is no such set, or lacks its imports.
    """
    try:
        from google.protobuf.descriptor_pb2 import FileDescriptorSet
        from google.protobuf.descriptor_pool import DescriptorPool
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise ConfigError(
            f"{_KEY} needs the package protobuf, which is not installed.",
            "Run: pip install 'shadow-parity[protobuf]'.",
        ) from error
    try:
        files = FileDescriptorSet.FromString(Path(path).read_bytes()).file
    except OSError as error:
        raise ConfigError(f"{_KEY}: {path} cannot be read: {error.strerror or error}.", _REMEDY) from error
    except DecodeError as error:
        raise ConfigError(f"{_KEY}: {path} is no descriptor set.", _REMEDY) from error
    pool = DescriptorPool()
    for each in files:
        try:
            pool.AddSerializedFile(each.SerializeToString())
        except (TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise ConfigError(f"{_KEY}: {path}: {each.name} cannot be used: {reason}.", _REMEDY) from error
    if not files:
        raise ConfigError(f"{_KEY}: {path} describes nothing.", _REMEDY)
    return Messages(pool)


def check_descriptors(protobuf: Protobuf) -> None:
    """Read what is configured anew, if anything is. Raises ConfigError, also for a message that is not described."""
    if not protobuf.descriptors:
        return
    load_messages.cache_clear()
    messages = load_messages(protobuf.descriptors)
    for key, name in protobuf.messages.items():
        if messages.find(name) is None:
            raise ConfigError(
                f"compare.protobuf.messages: {key}: {protobuf.descriptors} describes no message {name!r}.",
                "Write its full name, package.Message, or make the descriptor set anew.",
            )
