"""Messages through real servers: HTTP on loopback, and SMTP."""

from __future__ import annotations

import socket
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from notice_hook import Hook

from reports.notices.channel import Sender
from reports.notices.notice import Event
from shadow.config.model import NotifyChannel
from shadow.errors import ConfigError


def test_a_webhook_gets_fields_that_a_machine_reads(hook: Hook) -> None:
    channel = NotifyChannel(name="ci", url=f"{hook.url}?team=a")
    assert Sender().send(channel, "Shadow: NO-GO", "parity & more", Event.verdict, "fail")
    ((path, fields),) = hook.got
    assert path == "/hooks/s3cret?team=a"
    assert {key: fields[key] for key in ("title", "message", "event", "status")} == {
        "title": "Shadow: NO-GO", "message": "parity & more", "event": "verdict", "status": "fail",
    }  # fmt: skip


def test_slack_gets_one_text_and_nothing_else(hook: Hook) -> None:
    channel = NotifyChannel(name="ops", url=hook.url, format="slack")
    assert Sender().send(channel, "Gap", "from 1 to 2 <b>")
    ((_, fields),) = hook.got
    assert fields == {"text": "Gap\nfrom 1 to 2 <b>"}


@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_is_told(hook: Hook, status: int) -> None:
    hook.status = status
    assert not Sender().send(NotifyChannel(name="ops", url=hook.url), "t", "x")


def test_nobody_there_is_told_and_no_secret_is_printed(hook: Hook, caplog: Any, capfd: Any) -> None:
    hook.close()
    assert not Sender().send(NotifyChannel(name="ops", url=hook.url), "t", "x")
    out, err = capfd.readouterr()
    assert "s3cret" not in caplog.text + out + err


class Inbox:
    """Keeps the messages that an SMTP server takes."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.messages.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 taken"


def test_a_mail_arrives() -> None:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        url = f"mailto://127.0.0.1:{port}?from=shadow@example.org&to=team@example.org"
        assert Sender().send(NotifyChannel(name="mail", url=url), "Shadow: GO", "every criterion passes")
    finally:
        controller.stop()
    ((to, message),) = inbox.messages
    assert to == ["team@example.org"]
    assert message["Subject"] == "Shadow: GO"
    parts = [part.get_payload(decode=True).decode() for part in message.walk() if not part.is_multipart()]
    assert any("every criterion passes" in part for part in parts)


def test_a_url_that_no_service_takes_is_refused_without_repeating_it() -> None:
    with pytest.raises(ConfigError) as caught:
        Sender().check(NotifyChannel(name="ops", url="nonsense://token-abc"))
    assert "'ops'" in str(caught.value)
    assert "token-abc" not in str(caught.value)
