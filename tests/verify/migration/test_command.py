"""Commands: arguments and no shell, a bounded end of the output, and nothing left running."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from pathlib import Path

import pytest

from shadow.errors import ConfigError
from verify.migration.command import KEPT_BYTES, SHOWN_CHARS, Ran, parse_command, run_command


def ran(*words: str, url: str = "u", timeout_s: float = 60.0) -> Ran:
    return asyncio.run(run_command(words, url, {"DATABASE_URL": url}, lambda text: text, timeout_s))


def python(code: str, *words: str, **more: object) -> Ran:
    return ran(sys.executable, "-c", code, *words, **more)  # type: ignore[arg-type]


def test_words_are_cut_as_a_shell_would_and_not_read_by_one() -> None:
    assert parse_command("a 'b c' \"$HOME\"; d", "--command") == ("a", "b c", "$HOME;", "d")
    shown = python("import sys; print(sys.argv[1:])", "$HOME", "*", "{url}/x{url}", url="p://h").output
    assert shown == "['$HOME', '*', 'p://h/xp://h']\n"


@pytest.mark.parametrize("text", ["", "  ", "'open"])
def test_what_is_no_command_line_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--down"):
        parse_command(text, "--down")


def test_the_environment_is_ours_and_the_copy_s() -> None:
    code = "import os; print(os.environ['DATABASE_URL'], os.environ['PATH'])"
    assert python(code, url="u1").output == f"u1 {os.environ['PATH']}\n"


def test_only_the_end_of_the_output_is_kept() -> None:
    found = python(f"print('password=x' * {KEPT_BYTES}); print('last')\nraise SystemExit(7)")
    assert (found.code, found.output) == (7, "last\n")
    found = python("for n in range(9000): print('line', n)")
    assert len(found.output) == SHOWN_CHARS and found.output.endswith("line 8999\n")
    assert found.words.endswith("line 8998 / line 8999")


def test_logins_of_urls_and_control_characters_are_not_shown() -> None:
    found = python("print('\\x1b[31mred\\x1b[0m\\x07 at mysql://me:pw@h/db')")
    assert found.output == "red at ://‹login›@h/db\n".replace("at ", "at mysql")


def test_what_a_command_leaves_running_is_ended(tmp_path: Path) -> None:
    child = "import os, signal, sys; print(os.getpid(), flush=True); os.close(1); os.close(2); signal.pause()"
    code = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "print(child.stdout.readline().decode().strip())"
    )
    pid = int(python(code).output)
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 30)[0], "it still runs"
    finally:
        os.close(descriptor)


def test_one_that_takes_too_long_has_no_code() -> None:
    found = python("import signal; print('waiting', flush=True); signal.pause()", timeout_s=0.5)
    assert (found.code, found.output) == (None, "waiting\n")


def test_one_that_does_not_want_to_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.migration.command.GRACE_S", 0.2)
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n"
    assert python(code + "while True: signal.pause()", timeout_s=1.0).code is None
