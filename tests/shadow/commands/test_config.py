from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from shadow.cli import main
from shadow.config import config_digest, json_schema
from shadow.config.reference import reference
from shadow.validation import load_config

LEGS = ["--primary", "http://old:1", "--candidate", "http://new:1"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_init_then_show(capsys) -> None:
    assert main(["config", "init", *LEGS, "--secondary", "http://old2:1", "--listen", ":9000"]) == 0
    assert capsys.readouterr().out.startswith("Wrote shadow.yaml. Next: shadow doctor -c shadow.yaml")
    config = load_config(Path("shadow.yaml"), {})
    assert (config.listen, config.secondary.url) == (":9000", "http://old2:1")
    assert main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == f"# digest: {config_digest(config)}"
    assert yaml.safe_load(shown)["candidate"]["timeout_s"] == 10.0
    assert main(["config", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == config_digest(config)


def test_what_is_shown_can_be_loaded_again(capsys) -> None:
    main(["config", "init", *LEGS])
    capsys.readouterr()
    main(["config", "show"])
    Path("again.yaml").write_text(capsys.readouterr().out)
    assert load_config(Path("again.yaml"), {}) == load_config(Path("shadow.yaml"), {})


def test_init_never_overwrites(capsys) -> None:
    Path("shadow.yaml").write_text("precious")
    assert main(["config", "init", *LEGS]) == 2
    assert "shadow.yaml: exists and is not overwritten." in capsys.readouterr().err
    assert Path("shadow.yaml").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--primary", "http://old:1"], 2, "Missing option '--candidate'"),
        (["--primary", "http://old:1", "--candidate", "ftp://new"], 2, "ftp://new"),
        (["--primary", "http://old:1", "--candidate", "http://old:1"], 2, "always agrees"),
        ([*LEGS, "-c", "no/such/folder/shadow.yaml"], 3, "cannot be written: No such file or directory."),
    ],
)
def test_init_refuses(capsys, arguments: list[str], code: int, said: str) -> None:
    assert main(["config", "init", *arguments]) == code
    assert said in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_secrets_are_not_shown(capsys) -> None:
    Path("shadow.yaml").write_text(
        "primary: {url: http://old:1}\ncandidate: {url: http://new:1}\nredact: {key: geheim}\n"
        "verify: {old: 'postgresql://a:geheim@db/x', new: 'sqlite:///new.db'}\n"
    )
    assert main(["config", "show"]) == 0
    captured = capsys.readouterr()
    assert "geheim" not in captured.out + captured.err
    assert "postgresql://a:***@db/x" in captured.out


def test_schema_and_reference(capsys) -> None:
    assert main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(json_schema()))
    assert main(["config", "reference"]) == 0
    assert capsys.readouterr().out == reference()
