"""The text of a test file. Everything from outside stands in it as a literal of ASCII, so that it stays data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shadow.export import check
from shadow.export.case import Case

_HEAD = '''"""What the old backend answered where a new one differed; written by `shadow export --pytest`.

    SHADOW_BASE_URL=http://127.0.0.1:9002 python -m pytest {file}

Every test asks one request that showed a difference, and fails while the answer still differs there. Requests are those
of the example in the ledger: the backend needs the same data. Secrets are read from environment variables, which a test
that misses one names.{secrets}
"""
'''


def source_of(cases: Sequence[Case], file: str) -> str:
    """Return a file of tests that needs Python's standard library and a test runner, and nothing of shadow."""
    code = Path(check.__file__).read_text("utf-8")
    helpers = code[code.index("from __future__") :]
    tests = "".join(_test(case) for case in cases)
    names = sorted({check.variable_of(*found) for case in cases for found in _marks(case)})
    secrets = "" if not names else "\n\nNeeded here: " + ", ".join(names) + "."
    return f"{_HEAD.format(file=file, secrets=secrets)}\n# ruff: noqa\n\n{helpers}{tests}"


def _test(case: Case) -> str:
    lines = [f"\n\ndef {case.name}() -> None:", f"    # {case.about!a}"]
    lines.append("    answer = ask(")
    lines += [f"        {case.method!a},", f"        {case.target!a},"]
    lines.append("        [")
    lines += [f"            ({name!a}, {value!a})," for name, value in case.headers]
    lines += ["        ],", f"        {case.body!a},", "    )"]
    for each in case.checks:
        said = "".join(f", {argument!a}" for argument in each.arguments)
        lines.append(f"    {each.function}(answer{said})")
    return "\n".join(lines) + "\n"


def _marks(case: Case) -> set[tuple[str, str]]:
    texts = [case.target, case.body, *[value for _, value in case.headers]]
    return {(found[1], found[2]) for text in texts for found in check.MARK.finditer(text)}
