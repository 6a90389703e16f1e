"""The image: what it copies exists and is enough, what it starts is a command, whom it runs as is nobody special."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}

Lines = list[tuple[str, str]]


@pytest.fixture(scope="module")
def lines(deploy: Path, instructions: Callable[[str], Lines]) -> Lines:
    return instructions((deploy / "Dockerfile").read_text("utf-8"))


def of(lines: Lines, word: str) -> list[str]:
    return [rest for name, rest in lines if name == word]


def copied(lines: Lines) -> list[str]:
    """What comes from the repository."""
    return [name for rest in of(lines, "COPY") if "--from" not in rest for name in rest.split()[:-1]]


def test_only_instructions_that_are_known(lines: Lines) -> None:
    assert {name for name, _ in lines} == KNOWN
    assert lines[0][0] == "FROM"


def test_the_parser_reads_continued_lines(instructions: Callable[[str], Lines]) -> None:
    text = "# c\nFROM a\nRUN x \\\n    && y\n  # d\nUSER 1:1\n"
    assert instructions(text) == [("FROM", "a"), ("RUN", "x && y"), ("USER", "1:1")]
    with pytest.raises(AssertionError):
        instructions("FROM a\n&& y\n")


def test_stages_are_the_same_python_that_the_package_wants(lines: Lines) -> None:
    wanted = configparser.ConfigParser()
    wanted.read(ROOT / "setup.cfg")
    images = [rest.split()[0] for rest in of(lines, "FROM")]
    assert len(images) == 2 and len(set(images)) == 1
    version = re.fullmatch(r"python:(\d+)\.(\d+)-slim-bookworm", images[0])
    assert version is not None
    assert wanted["options"]["python_requires"] == f">={version[1]}.{version[2]}"


def test_what_is_copied_exists_and_passes_the_ignore_file(lines: Lines, deploy: Path) -> None:
    names = copied(lines)
    assert [name for name in names if not (ROOT / name).exists()] == []
    text = (deploy / "Dockerfile.dockerignore").read_text("utf-8")
    ignore = [line for line in text.splitlines() if not line.startswith("#")]
    assert ignore[0] == "*"
    assert {line[1:] for line in ignore if line.startswith("!")} == set(names)


def test_a_stage_is_copied_from_where_it_was_built(lines: Lines) -> None:
    (rest,) = [rest for rest in of(lines, "COPY") if "--from" in rest]
    assert rest == "--from=build /opt/shadow-parity /opt/shadow-parity"
    assert of(lines, "FROM")[0].endswith(" AS build")
    (install,) = [rest for rest in of(lines, "RUN") if "pip install" in rest]
    assert "python -m venv /opt/shadow-parity" in install and "/opt/shadow-parity/bin/pip install" in install
    assert any("PATH=/opt/shadow-parity/bin:$PATH" in rest for rest in of(lines, "ENV"))


def test_the_live_path_is_compiled_in_the_image(lines: Lines) -> None:
    (install,) = [rest for rest in of(lines, "RUN") if "pip install" in rest]
    assert "SHADOW_COMPILE=1 /opt/shadow-parity/bin/pip install" in install
    stages = [at for at, (name, _) in enumerate(lines) if name == "FROM"]
    (compiler,) = [at for at, (name, rest) in enumerate(lines) if name == "RUN" and " gcc" in rest]
    assert stages[0] < compiler < stages[1]


def test_extras_that_are_installed_exist(lines: Lines) -> None:
    wanted = configparser.ConfigParser()
    wanted.read(ROOT / "setup.cfg")
    (install,) = [rest for rest in of(lines, "RUN") if "pip install" in rest]
    extras = re.findall(r"\.\[(.+?)\]", install)
    assert extras and all(extra in wanted["options.extras_require"] for one in extras for extra in one.split(","))


def test_what_is_copied_is_enough_to_build_the_whole_package(lines: Lines, tmp_path: Path) -> None:
    pytest.importorskip("setuptools")
    source = tmp_path / "src"
    source.mkdir()
    for name in copied(lines):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    built = tmp_path / "built"
    subprocess.run(
        [sys.executable, "-c", "import setuptools; setuptools.setup()", "-q", "build", "--build-lib", str(built)],
        cwd=source, check=True, capture_output=True,
    )  # fmt: skip
    inside = {str(path.relative_to(built)) for path in built.rglob("*") if path.is_file()}
    for package in ("shadow", "verify", "reports"):
        wanted = {
            str(path.relative_to(ROOT)) for path in (ROOT / package).rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        assert wanted - inside == set()


def test_it_runs_as_nobody_special_and_never_as_the_group_shadow(lines: Lines) -> None:
    (user,) = of(lines, "USER")
    uid, gid = (int(part) for part in user.split(":"))
    assert uid == gid >= 10_000
    (made,) = [rest for rest in of(lines, "RUN") if "useradd" in rest]
    assert f"--gid {gid} parity" in made and f"--uid {uid}" in made
    assert "--mode=0700 /var/lib/shadow-parity" in made


def test_it_starts_a_command_that_exists(lines: Lines, known: Callable[[list[str]], None]) -> None:
    (entry,), (cmd,) = of(lines, "ENTRYPOINT"), of(lines, "CMD")
    words = json.loads(entry) + json.loads(cmd)
    assert words[:2] == ["/usr/bin/tini", "--"]
    assert any("install --yes --no-install-recommends tini" in rest for rest in of(lines, "RUN"))
    known(words[2:])
    assert of(lines, "STOPSIGNAL") == ["SIGTERM"]


def test_it_agrees_with_the_manifest_that_runs_it(lines: Lines, objects: dict[tuple[str, str], Any]) -> None:
    spec = objects["StatefulSet", "orders"]["spec"]["template"]["spec"]
    (container,) = [one for one in spec["containers"] if one["name"] == "shadow"]
    assert f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}" == of(lines, "USER")[0]
    assert {str(port["containerPort"]) for port in container["ports"]} == set(of(lines, "EXPOSE")[0].split())
    assert container["args"] == json.loads(of(lines, "CMD")[0])
    assert json.loads(of(lines, "VOLUME")[0]) == of(lines, "WORKDIR")[1:]
    assert of(lines, "WORKDIR")[-1] in {mount["mountPath"] for mount in container["volumeMounts"]}
