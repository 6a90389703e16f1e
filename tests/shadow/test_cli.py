from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from shadow import cli
from shadow.cli import COMMANDS, Entry, load_command, main
from shadow.errors import ConfigError, EnvironmentFailure, LedgerError

HEAVY = {"pandas", "numpy", "scipy"}
HEAVY |= {"deepdiff", "aiohttp", "asyncpg", "motor", "uvloop", "httptools", "duckdb", "jinja2"}
HEAVY |= {"yaml", "rich", "asyncio", "sqlite3", "shadow.config", "verify", "reports"}


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shadow", *arguments], capture_output=True, text=True, timeout=60, **options
    )


def exists(target: str) -> bool:
    try:
        return importlib.util.find_spec(target.partition(":")[0]) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], []])
def test_the_front_door_imports_no_job(arguments: list[str]) -> None:
    code = (
        "import json, sys; from shadow.cli import main; code = main(sys.argv[1:]);"
        "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
    exit_code, modules = json.loads(done.stderr.splitlines()[-1])
    assert exit_code == (0 if arguments else 2)
    assert HEAVY & set(modules) == set()
    assert [name for name in modules if name.startswith(("shadow.", "verify.", "reports."))] == [
        "shadow.cli",
        "shadow.errors",
    ]


def test_help_lists_every_command_with_its_summary() -> None:
    done = run("--help")
    assert done.returncode == 0
    rows = [line.split(None, 1) for line in done.stdout.partition("Commands:\n")[2].splitlines()]
    assert rows[: len(COMMANDS)] == [[name, entry.summary] for name, entry in COMMANDS.items()]


@pytest.mark.parametrize("name", [name for name, entry in COMMANDS.items() if exists(entry.target)])
def test_a_summary_is_the_command_s_own(name: str) -> None:
    command = load_command(name, COMMANDS[name])
    assert command.name == name
    assert command.get_short_help_str(limit=200).rstrip(".") == COMMANDS[name].summary.rstrip(".")


def test_version() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("shadow 0.")
    assert f"(Python {sys.version.split()[0]})" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gat"], "there is no command 'gat'. Did you mean 'gate'?"),
        (["zzzzzz"], f"there is no command 'zzzzzz'. Commands: {', '.join(COMMANDS)}."),
        (["--hlep"], "No such option"),
        (["config", "show", "--jsno"], "--json"),
    ],
)
def test_wrong_usage_names_the_nearest(capsys, arguments: list[str], said: str) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err


def use(monkeypatch, action) -> None:
    """Make `shadow doctor` do `action`."""
    monkeypatch.setattr(cli, "load_command", lambda name, entry: click.Command(name, callback=action))


def raising(error: BaseException):
    def action() -> None:
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ConfigError("a is wrong.", "Do b."), 2, "error: a is wrong. Do b.\n"),
        (EnvironmentFailure("line one\nline two.", "Do b."), 3, "error: line one line two. Do b.\n"),
        (LedgerError("no remedy."), 12, "error: no remedy.\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (click.Abort(), 130, "interrupted\n"),
    ],
)
def test_what_a_user_can_act_on_is_one_line(monkeypatch, capsys, error: BaseException, code: int, line: str) -> None:
    use(monkeypatch, raising(error))
    assert main(["doctor"]) == code
    captured = capsys.readouterr()
    assert captured.err == line
    assert captured.out == ""


@pytest.mark.parametrize("error", [ValueError("boom"), BrokenPipeError("a socket's"), RecursionError()])
def test_a_bug_keeps_its_traceback(monkeypatch, capsys, error: Exception) -> None:
    use(monkeypatch, raising(error))
    assert main(["doctor"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    assert type(error).__name__ in said
    assert said.splitlines()[-1].startswith("error: this is a bug in shadow")


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (10, 10), (13, 13), ("text", 0)])
def test_a_command_s_result_is_the_exit_code(monkeypatch, result: object, code: int) -> None:
    use(monkeypatch, lambda: result)
    assert main(["doctor"]) == code


def test_exit_of_the_context_is_the_exit_code(monkeypatch) -> None:
    use(monkeypatch, lambda: click.get_current_context().exit(11))
    assert main(["doctor"]) == 11


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("shadow.nothing:x", "the command 'x' is not installed: the module shadow.nothing is missing."),
        ("nowhere.at.all:x", "the command 'x' is not installed: the module nowhere.at.all is missing."),
    ],
)
def test_a_missing_module_is_said(target: str, said: str) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        load_command("x", Entry(target, "A summary."))
    assert caught.value.message == said
    assert "pip install" in caught.value.remedy


def test_a_missing_package_is_told_from_a_missing_module(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "needs_a_package.py").write_text("import no_such_package_here\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EnvironmentFailure) as caught:
        load_command("x", Entry("needs_a_package:x", "A summary."))
    assert caught.value.message == "the command 'x' needs the package 'no_such_package_here', which is not installed."


def test_what_is_no_command_is_a_bug() -> None:
    with pytest.raises(TypeError, match="is not a click command"):
        load_command("x", Entry("shadow.errors:EXIT_PASS", "A summary."))


def test_a_reader_that_hangs_up_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "shadow", "--help"], stdout=write, stderr=subprocess.PIPE, timeout=60
        )
    finally:
        os.close(write)
    assert done.returncode == 141
    assert done.stderr == b""


def test_an_interrupt_ends_with_a_word() -> None:
    code = (
        "import sys, threading, click; from shadow import cli;"
        "wait = lambda: (print('ready', flush=True), threading.Event().wait());"
        "cli.load_command = lambda name, entry: click.Command(name, callback=wait);"
        "sys.exit(cli.main(['doctor']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == b"interrupted\n"


def test_help_is_quick() -> None:
    """Processor time, not wall time, so that a busy machine does not matter; the budget of 0.3 s is wall time."""
    done = run("--help")
    assert done.returncode == 0
    before = os.times()
    started = time.monotonic()
    for _ in range(3):
        run("--help")
    spent = os.times()
    used = (spent.children_user + spent.children_system - before.children_user - before.children_system) / 3
    assert used < 0.3, f"{used:.2f} s of processor time, {(time.monotonic() - started) / 3:.2f} s of wall time"
