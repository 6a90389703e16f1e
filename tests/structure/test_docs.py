"""What a user can type, set or receive is in the documentation, and what is documented exists."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from shadow import errors
from shadow.cli import COMMANDS, EXIT_BROKEN_PIPE, EXIT_BUG, EXIT_INTERRUPTED, cli, load_command
from shadow.config.meanings import MEANINGS
from shadow.config.reference import reference

BEGIN, END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"


@pytest.fixture(scope="module")
def pages(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in [*sorted((root / "docs").glob("*.md")), root / "README.md"]
        if path.is_file()
    }


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command that exists, groups' own commands too, as it is typed."""
    yield "shadow", cli
    for name, entry in COMMANDS.items():
        module, _, _ = entry.target.partition(":")
        try:
            if importlib.util.find_spec(module) is None:
                continue
        except ModuleNotFoundError:
            continue
        command = load_command(name, entry)
        yield f"shadow {name}", command
        if isinstance(command, click.Group):
            for below, inner in command.commands.items():
                yield f"shadow {name} {below}", inner


def sections(text: str) -> dict[str, str]:
    """Return the text below each heading, by the heading without marks; a heading's text ends at the next one."""
    parts = re.split(r"(?m)^#{2,4} (.+)$", text)
    return {title.strip("` "): body for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_command_and_option_is_documented(pages: dict[str, str]) -> None:
    documented = sections(pages["docs/cli.md"])
    missing = []
    for name, command in commands():
        if name not in documented:
            missing.append(name)
            continue
        for parameter in command.params:
            if not isinstance(parameter, click.Option) or parameter.hidden:
                continue
            missing += [
                f"{name} {option}"
                for option in [*parameter.opts, *parameter.secondary_opts]
                if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", documented[name])
            ]
    assert missing == []


def test_every_documented_option_exists(pages: dict[str, str]) -> None:
    known = dict(commands())
    invented = []
    for name, body in sections(pages["docs/cli.md"]).items():
        if name not in known:
            continue
        options = {option for one in known[name].params for option in (*one.opts, *one.secondary_opts)}
        rows = re.findall(r"(?m)^\| (`-.+?) \|", body)
        written = {option for row in rows for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row)}
        invented += [f"{name} {option}" for option in written - options - {"-h", "--help"}]
    assert invented == []


def test_every_documented_command_exists(pages: dict[str, str]) -> None:
    known = dict(commands())
    titles = [title for title in sections(pages["docs/cli.md"]) if title.startswith("shadow")]
    planned = {f"shadow {name}" for name in COMMANDS}
    assert [title for title in titles if title not in known and title not in planned] == []


def test_every_exit_code_is_documented(pages: dict[str, str]) -> None:
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    codes |= {EXIT_BUG, EXIT_INTERRUPTED, EXIT_BROKEN_PIPE}
    rows = re.findall(r"(?m)^\| (\d+) \|", sections(pages["docs/cli.md"])["Exit codes"])
    assert {int(row) for row in rows} == codes


def test_the_key_reference_is_the_model_s(pages: dict[str, str]) -> None:
    text = pages["docs/configuration.md"]
    assert text.count(BEGIN) == text.count(END) == 1
    written = text.partition(BEGIN)[2].partition(END)[0].strip()
    assert written == reference().strip(), "paste the output of `shadow config reference` between the marks"


def test_every_key_is_documented(pages: dict[str, str]) -> None:
    text = pages["docs/configuration.md"]
    assert [name for name in MEANINGS if f"| `{name.partition('.')[2]}` |" not in text] == []


@pytest.mark.parametrize("page", ["docs/configuration.md", "docs/cli.md"])
def test_links_between_pages_lead_somewhere(root: Path, pages: dict[str, str], page: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", pages[page])
    assert [target for target in targets if not (root / page).parent.joinpath(target).exists()] == []


def test_examples_in_the_configuration_page_are_valid(pages: dict[str, str]) -> None:
    from shadow.validation import parse_config

    blocks = re.findall(r"(?s)```yaml\n(.*?)```", pages["docs/configuration.md"])
    assert len(blocks) >= 2
    frame = "primary: {url: http://127.0.0.1:9001}\ncandidate: {url: http://127.0.0.1:9002, store: own}\n"
    environ = {"SHADOW_REDACTION_KEY": "k" * 32, "OLD_PASSWORD": "p"}
    for block in blocks:
        given = {line.partition(":")[0] for line in block.splitlines()}
        missing = "".join(line + "\n" for line in frame.splitlines() if line.partition(":")[0] not in given)
        config = parse_config(missing + block, "docs/configuration.md", environ)
        assert msgspec.to_builtins(config)
