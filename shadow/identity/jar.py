"""Cookies that only a shadow leg sets: its clients do not know them, so that the sender has to send them back."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from shadow.records import Headers

_MOST_COOKIES = 50
_MOST_CHARS = 4096


class Jars:
    """A jar for each client, bounded in number; a client that logs in may go on under another key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._jars: OrderedDict[str, dict[str, str]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Jars {len(self._jars)}>"

    def keep(self, keys: Iterable[str], name: str, value: str) -> None:
        """Remember a cookie of a client known by any of these keys; an empty value removes it."""
        names = list(keys)
        jar = next((self._jars[key] for key in names if key in self._jars), None)
        if jar is None:
            if not value:
                return
            jar = {}
        if not value:
            jar.pop(name, None)
        elif len(value) <= _MOST_CHARS and (name in jar or len(jar) < _MOST_COOKIES):
            jar[name] = value
        self._share(jar, names)

    def follow(self, keys: Iterable[str]) -> None:
        """A client is known by all of these keys from now on."""
        names = list(keys)
        jar = next((self._jars[key] for key in names if key in self._jars), None)
        if jar is not None:
            self._share(jar, names)

    def fill(self, headers: Headers, keys: Iterable[str]) -> Headers:
        """Return a request's headers with the client's cookies that it does not send itself."""
        jar = next((self._jars[key] for key in keys if key in self._jars), None)
        if not jar:
            return headers
        sent = [value for name, value in headers if name.lower() == b"cookie"]
        named = {part.partition(b"=")[0].strip() for value in sent for part in value.split(b";")}
        missing = [f"{name}={value}".encode("latin-1", "replace") for name, value in jar.items()
                   if name.encode("latin-1", "replace") not in named]  # fmt: skip
        if not missing:
            return headers
        others = tuple(pair for pair in headers if pair[0].lower() != b"cookie")
        return (*others, (b"Cookie", b"; ".join([*sent, *missing])))

    def _share(self, jar: dict[str, str], keys: list[str]) -> None:
        for key in keys:
            self._jars[key] = jar
            self._jars.move_to_end(key)
        while len(self._jars) > self._most:
            self._jars.popitem(last=False)


def set_cookies(headers: Headers) -> dict[str, str]:
    """Return what an answer's `Set-Cookie` headers leave in a jar: values by name, "" where a cookie is removed."""
    found = {}
    for name, value in headers:
        if name.lower() == b"set-cookie":
            first, _, rest = value.decode("latin-1").partition(";")
            cookie, equals, content = first.partition("=")
            removed = "max-age=0" in rest.lower().replace(" ", "")
            if equals:
                found[cookie.strip()] = "" if removed else content.strip()
    return found
