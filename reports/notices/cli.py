"""The command `shadow notify`: judge, compare with what was told, send; once or for ever."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import click

from reports.judgement import judge_ledger
from reports.notices.channel import Sender
from reports.notices.memory import Memory, Waiting, memory_path, read_memory, write_memory
from reports.notices.notice import Event, Notice, known_of, notices_between
from reports.notices.schedule import due, enqueue, failed, merged, sent
from shadow.clock import SystemClock
from shadow.config import Config
from shadow.errors import EXIT_ENVIRONMENT, ConfigError, ShadowError
from shadow.options import config_option
from shadow.validation import load_config

EXAMPLES = """\b
Examples:
  shadow notify -c shadow.yaml             (goes on until it is stopped)
  shadow notify -c shadow.yaml --once      (for cron, after the nightly job)
  shadow notify -c shadow.yaml --test      (a message to every channel)

\b
Exit codes: 0 everything is sent or nothing is new, 3 a channel takes no
message (what is unsent is kept and tried again), 12 the ledger cannot be read,
2 wrong usage or configuration.
"""


@click.command(epilog=EXAMPLES)
@config_option
@click.option("--once", is_flag=True, help="Judge and send once, then end.")
@click.option("--test", "test", is_flag=True, help="Send a test message to every channel, then end.")
@click.option("--json", "as_json", is_flag=True, help="Print what is new as JSON lines.")
def notify(path: Path, once: bool, test: bool, as_json: bool) -> int:
    """Tell people when the verdict or the evidence changes."""
    config = load_config(path)
    if not config.notify.channels:
        raise ConfigError("There is nobody to tell: notify.channels is empty.", "Add a channel (docs/notices.md).")
    sender = Sender()
    for channel in config.notify.channels:
        sender.check(channel)
    if test:
        return _test(config, sender)
    if once:
        return EXIT_ENVIRONMENT if _round(config, sender, as_json) else 0
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while True:
        try:
            _round(config, sender, as_json)
        except ShadowError as error:
            # A ledger that is not there yet, or just locked: the next round may find it.
            click.echo(f"nothing could be judged: {error}", err=True)
        if stop.wait(config.notify.every_s):
            return 0


def _test(config: Config, sender: Sender) -> int:
    code = 0
    for channel in config.notify.channels:
        taken = sender.send(channel, "Shadow: a test message", "Notices of this ledger will arrive here.")
        click.echo(f"{channel.name}: {'sent' if taken else 'NOT sent: the service refused it or is not reachable'}")
        code = code if taken else EXIT_ENVIRONMENT
    return code


def _round(config: Config, sender: Sender, as_json: bool) -> bool:
    """Judge once and send what is due; returns whether a channel failed. The memory is written before anything is
    sent and after each message, so that a kill repeats one at worst and never loses one."""
    path = memory_path(Path(config.ledger.path))
    memory = read_memory(path)
    result = judge_ledger(config)
    fresh = notices_between(memory.known, result)
    memory.known = known_of(result)
    named = {channel.name: memory.channels.get(channel.name, Waiting()) for channel in config.notify.channels}
    memory.channels = named
    for channel in config.notify.channels:
        enqueue(named[channel.name], tuple(notice for notice in fresh if notice.event.value in channel.events))
    write_memory(path, memory)
    for notice in fresh:
        _show(notice, as_json)
    return _send(config, sender, memory, path, result.status.value)


def _send(config: Config, sender: Sender, memory: Memory, path: Path, status: str) -> bool:
    broken = False
    clock = SystemClock()
    for channel in config.notify.channels:
        queue = memory.channels[channel.name]
        while notices := due(queue, clock.now(), config.notify.most_per_hour):
            title, text = merged(notices, queue.dropped)
            event = notices[0].event if len(notices) == 1 else Event.verdict
            if sender.send(channel, title, text, event, status):
                sent(queue, notices, clock.now())
            else:
                failed(queue, clock.now())
                click.echo(f"channel {channel.name} takes no message; {len(queue.notices)} wait", err=True)
            write_memory(path, memory)
        # A channel that still waits for its next try is as broken as one that failed just now.
        broken = broken or queue.failures > 0
    return broken


def _show(notice: Notice, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"event": notice.event.value, "title": notice.title, "text": notice.text}))
    else:
        click.echo(notice.title)
