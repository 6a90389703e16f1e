"""One channel: a message through Apprise, or the reason why it did not go out. No secret leaves this module."""

from __future__ import annotations

import logging
import re
from urllib.parse import parse_qsl, quote

from reports.notices.notice import Event
from shadow.config.model import NotifyChannel
from shadow.errors import ConfigError, EnvironmentFailure

_HTTP = re.compile(r"(?i)^http(s?)://")


def address_of(channel: NotifyChannel, event: Event | None = None, status: str = "") -> str:
    """Return the Apprise URL of a channel: `http(s)://` becomes a JSON webhook, with `format: slack` one that takes
    `{"text": …}`; any other URL is Apprise's own."""
    match = _HTTP.match(channel.url)
    if match is None:
        return channel.url
    place, _, query = channel.url[match.end() :].partition("?")
    # Apprise's JSON plugin keeps `-name=value` as the webhook's own query, renames a field of its payload by
    # `:field=name`, leaves it out for no name, and adds a field that it does not know.
    own = [f"-{quote(name)}={quote(value)}" for name, value in parse_qsl(query, keep_blank_values=True)]
    if channel.format == "slack":
        extra = ":message=text&:title=&:version=&:type=&:attachments="
    else:
        extra = f":event={quote(event.value if event else 'test')}&:status={quote(status)}"
    return f"json{match[1].lower()}://{place}?{'&'.join([*own, extra])}"


class Sender:
    """Sends messages. Raises EnvironmentFailure where Apprise is not installed."""

    def __init__(self) -> None:
        try:
            import apprise
        except ModuleNotFoundError as error:
            raise EnvironmentFailure(
                "Notices are sent through Apprise, which is not installed.",
                "pip install 'shadow-parity[notify]'",
            ) from error
        self._apprise = apprise
        # It logs addresses; what it has to say is whether the message went out.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

    def check(self, channel: NotifyChannel) -> None:
        """Raise ConfigError for a URL that no service of Apprise takes."""
        if self._apprise.Apprise.instantiate(address_of(channel)) is None:
            raise ConfigError(
                f"notify.channels: the url of {channel.name!r} is none that can be sent to.",
                "Use https:// for a webhook, or a URL of https://github.com/caronc/apprise (mailto://, slack://, …).",
            )

    def send(self, channel: NotifyChannel, title: str, text: str, event: Event | None = None, status: str = "") -> bool:
        """Send one message and return whether the service took it. Blocks for some seconds at most."""
        target = self._apprise.Apprise()
        target.add(address_of(channel, event, status))
        body = f"{title}\n{text}".strip() if channel.format == "slack" else text or title
        return bool(target.notify(title=title, body=body, body_format=self._apprise.NotifyFormat.TEXT))
