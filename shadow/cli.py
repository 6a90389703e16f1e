"""The front door: `shadow`, a lazy click group.

A subcommand is a row in `COMMANDS`: its name, where it lives, and the sentence that `shadow --help` shows. Help is
answered from the table; a module is imported only when its command runs, so that starting one job never pays for
another.

A command tells its exit code by returning an int or by raising a ShadowError (see shadow/errors.py).
"""

from __future__ import annotations

import importlib
import os
import select
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click
import msgspec

from shadow.errors import EnvironmentFailure, ShadowError

EXIT_BUG = 1
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


class Entry(msgspec.Struct, frozen=True):
    """Where a command lives (`module:attribute`), and its one-line summary."""

    target: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "demo": Entry("shadow.commands.demo:demo", "Run the example migration from end to end and judge it."),
    "mirror": Entry("shadow.mirror.cli:mirror", "Mirror live traffic to the candidate and record the differences."),
    "pause": Entry("shadow.control.cli:pause", "Stop mirroring at once; live traffic goes on."),
    "resume": Entry("shadow.control.cli:resume", "Mirror again after a pause."),
    "verify": Entry("verify.cli:verify", "Compare the data of the old and the new store."),
    "gate": Entry("reports.cli:gate", "Judge the evidence; the exit code is the verdict."),
    "approve": Entry("reports.signoff:approve", "Sign that the cutover may go ahead."),
    "waive": Entry("reports.signoff:waive", "Sign that one criterion that is no pass is borne for a while."),
    "report": Entry("reports.cli:report", "Render the evidence as one self-contained page."),
    "notify": Entry("reports.notices.cli:notify", "Tell people when the verdict or the evidence changes."),
    "rules": Entry("shadow.commands.rules:rules", "List, add, check, end and suggest rules about differences."),
    "ledger": Entry("shadow.commands.ledger:ledger", "Look after the store of evidence."),
    "doctor": Entry("shadow.commands.doctor:doctor", "Check a configuration against the world."),
    "export": Entry("shadow.commands.export:export", "Write differences as regression tests, or as curl commands."),
    "mapping": Entry("shadow.commands.mapping:mapping", "Show what the candidate is asked instead of an old request."),
    "config": Entry("shadow.commands.config:config", "Start, show or describe a shadow.yaml."),
}


def load_command(name: str, entry: Entry) -> click.Command:
    """Import the command behind a table entry.

    Raises EnvironmentFailure when its module or a package that it needs is not installed.
    """
    module_name, _, attribute = entry.target.partition(":")
    try:
        command = getattr(importlib.import_module(module_name), attribute)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if module_name == missing or module_name.startswith(f"{missing}."):
            raise EnvironmentFailure(
                f"the command {name!r} is not installed: the module {module_name} is missing.",
                "Reinstall with `pip install --force-reinstall shadow-parity`.",
            ) from error
        raise EnvironmentFailure(
            f"the command {name!r} needs the package {missing!r}, which is not installed.",
            "Install it, or all extras with `pip install 'shadow-parity[demo,duckdb]'`.",
        ) from error
    if not isinstance(command, click.Command):
        raise TypeError(f"{entry.target} is not a click command")
    return command


class LazyGroup(click.Group):
    """A group whose commands are imported when they run, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command. Raises EnvironmentFailure when it is listed but not installed."""
        entry = COMMANDS.get(cmd_name)
        return load_command(cmd_name, entry) if entry else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name, or suggest the nearest one (click's usage error, exit 2)."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = get_close_matches(name, list(COMMANDS), n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"Commands: {', '.join(COMMANDS)}."
            ctx.fail(f"there is no command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table; nothing is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


def _show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version  # slow to import, needed here only

    try:
        number = version("shadow-parity")
    except PackageNotFoundError:
        number = "unknown (not installed)"
    click.echo(f"shadow {number} (Python {sys.version.split()[0]})")
    ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done or pass, 2 wrong usage or configuration, 3 the environment has to change, "
    "10 fail, 11 inconclusive, 12 evidence cannot be judged, 13 waiting for approval.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Print the version."
)
def cli() -> None:
    """Prove that a new backend can replace the old one before anyone cuts over."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    What a user can act on is one line on stderr. An exception that is not a ShadowError is a bug: its traceback is
    printed, because it is evidence, followed by a line that asks for a report.
    """
    if "_SHADOW_COMPLETE" in os.environ:  # click's shell completion
        cli.main(prog_name="shadow")
    try:
        # Not cli.main(): it turns every broken pipe, a socket's too, into a silent exit 1.
        given = sys.argv[1:] if arguments is None else list(arguments)
        with cli.make_context("shadow", given) as ctx:
            result: Any = cli.invoke(ctx)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except ShadowError as error:
        click.echo(f"error: {_one_line(str(error))}", err=True)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the one place where a bug ends
        if isinstance(error, BrokenPipeError) and _reader_is_gone():
            return EXIT_BROKEN_PIPE
        traceback.print_exc()
        click.echo(
            "error: this is a bug in shadow, not a mistake of yours. "
            "Please report it with the lines above and the output of `shadow --version`.",
            err=True,
        )
        return EXIT_BUG


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _reader_is_gone() -> bool:
    """Tell whether stdout's reader hung up (`shadow ... | head`), and silence the flush at exit if so.

    Asked without events, poll reports only errors and hang-ups; a broken socket elsewhere leaves stdout healthy.
    """
    try:
        output = sys.stdout.fileno()
    except (OSError, ValueError):
        return False
    poll = select.poll()
    poll.register(output, 0)
    if not poll.poll(0):
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output)
    os.close(nowhere)
    return True
