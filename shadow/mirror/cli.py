"""`shadow mirror`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path

import click
import msgspec

from shadow import logs
from shadow.clock import SystemClock
from shadow.config import Config
from shadow.errors import EXIT_ENVIRONMENT, EXIT_PASS, ConfigError, ShadowError
from shadow.ledger.writer import LedgerWriter
from shadow.mirror.reload import check_files
from shadow.mirror.runtime import Runtime
from shadow.mirror.supervisor import Supervisor
from shadow.mirror.systemd import Notifier, take_sockets
from shadow.redact import Redactor
from shadow.redaction_key import load_redaction_key
from shadow.validation import load_config
from shadow.validation.reasking import reask_problems
from shadow.wire.address import parse_url, reach

log = logging.getLogger("shadow.mirror")


@click.command(epilog="Example: shadow mirror -c shadow.yaml")
@click.option("-c", "--config", "path", type=click.Path(path_type=Path), default=Path("shadow.yaml"),
              show_default=True, help="The configuration file.")
@click.option("--log-format", type=click.Choice(["json", "console"]),
              help="Lines of JSON, or plain text  [console on a terminal, else json].")
@click.option("--aa", is_flag=True, help="Leave the candidate alone and compare the old build with itself.")
def mirror(path: Path, log_format: logs.Format | None, aa: bool) -> int:
    """Mirror live traffic to the candidate and record the differences.

    Listens where `listen` says, passes every request to the primary and its answer to the client, and replays copies
    to candidate and secondary. SIGTERM or Ctrl-C drains and exits; SIGUSR1 pauses or resumes the mirroring; SIGHUP
    reads the configuration again without dropping a connection. Exits with 3 where its last counts could not be stored:
    the next run stores them.

    With --aa it judges the secondary instead, or the primary asked again: the certificate that the report shows, and
    what is learnt of noise, before the candidate is judged.
    """
    chosen = logs.set_up(log_format, "supervisor")
    config = _load(path, aa=aa)
    ledger_path = Path(config.ledger.path)
    key = load_redaction_key(config.redact, ledger_path)
    # Opened and closed at once: a ledger that cannot be used is told now, not by a child that keeps dying.
    with LedgerWriter.open(ledger_path, config.ledger, Redactor(config.redact, key).key_id) as writer:
        writer.claim()
    check_files(config)
    notifier = Notifier(os.environ)
    runtime = Runtime(config, take_sockets(os.environ))
    try:
        if asyncio.run(_run(path, config, runtime, key, notifier, chosen, aa=aa)):
            runtime.forget_lanes()
            return EXIT_PASS
        log.warning("the keeper could not settle this run; the next `shadow mirror` on this ledger does it")
        return EXIT_ENVIRONMENT
    finally:
        runtime.close()


async def _run(
    path: Path, config: Config, runtime: Runtime, key: bytes, notifier: Notifier, log_format: logs.Format, *, aa: bool
) -> bool:
    """Return whether the run was settled."""
    supervisor = Supervisor(config, runtime, redaction_key=key, clock=SystemClock(), log_format=log_format)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        notifier.stopping()
        supervisor.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGUSR1, lambda: supervisor.pause(not supervisor.paused))
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = loop.create_task(_reload(path, supervisor, notifier, aa=aa), name="reload")
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, reload)

    def ready() -> None:
        where = runtime.listen_socks[0].getsockname()
        at = f"unix:{where}" if isinstance(where, str) else f"http{'s' if config.tls else ''}://{where[0]}:{where[1]}"
        log.info("listening on %s, primary %s, candidate %s%s", at, config.primary.url,
                 config.candidate.url, f", secondary {config.secondary.url}" if config.secondary else "")
        notifier.ready()
        for name, url in _legs(config).items():
            problem = _unreachable(url)
            if problem:
                log.warning("the %s %s is not reachable (%s): start it, or correct %s.url; going on meanwhile",
                            name, url, problem, name)

    watchdog = asyncio.create_task(_feed(notifier), name="watchdog")
    await supervisor.run(ready)
    watchdog.cancel()
    accepted = sum(lane.accepted for lane in supervisor.lanes())
    log.info("drained; %d requests were accepted in this run; evidence in %s", accepted, config.ledger.path)
    return supervisor.is_settled


async def _reload(path: Path, supervisor: Supervisor, notifier: Notifier, *, aa: bool) -> None:
    notifier.reloading()
    try:
        left = await supervisor.reload(_load(path, aa=aa))
    except ShadowError as error:
        log.error("not reloaded, nothing has changed: %s", error)
    else:
        if left:
            log.warning("reloaded %s, but not everywhere: %s", path,
                        "; ".join(f"{who}: {why}" for who, why in left.items()))
        else:
            log.info("reloaded %s, every process works by it", path)
    notifier.ready()


def _load(path: Path, *, aa: bool) -> Config:
    config = load_config(path)
    if not aa:
        return config
    judged = msgspec.structs.replace(config, mirror=msgspec.structs.replace(config.mirror, judge="secondary"))
    problem = next(reask_problems(judged), None)
    if problem is not None:
        raise ConfigError(f"--aa: {'.'.join(map(str, problem.path))} {problem.message}", problem.remedy)
    return judged


async def _feed(notifier: Notifier) -> None:
    while notifier.watchdog_s:
        notifier.watchdog()
        await asyncio.sleep(notifier.watchdog_s / 2)


def _legs(config: Config) -> dict[str, str]:
    legs = {"primary": config.primary.url, "candidate": config.candidate.url}
    return legs | ({"secondary": config.secondary.url} if config.secondary else {})


def _unreachable(url: str) -> str:
    try:
        reach(parse_url(url), 1.0)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
