"""`shadow config`: start, show or describe a shadow.yaml."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import yaml

from shadow.config import config_digest, json_schema, masked
from shadow.config.reference import reference as key_reference
from shadow.config.starter import starter
from shadow.errors import ConfigError, EnvironmentFailure
from shadow.options import config_option
from shadow.validation import load_config, parse_config


@click.group()
def config() -> None:
    """Start, show or describe a shadow.yaml."""


@config.command()
@click.option("--primary", required=True, metavar="URL", help="The old backend.")
@click.option("--candidate", required=True, metavar="URL", help="The new backend.")
@click.option("--secondary", default="", metavar="URL", help="A second copy of the old backend.")
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="Where clients connect.")
@click.option(
    "-c", "--config", "path", type=click.Path(path_type=Path), default="shadow.yaml", show_default=True,
    help="The file to write.",
)  # fmt: skip
def init(primary: str, candidate: str, secondary: str, listen: str, path: Path) -> None:
    """Write a first, commented shadow.yaml.

    An existing file is never overwritten.
    """
    text = starter(primary, candidate, secondary, listen)
    parse_config(text, "the new configuration", os.environ)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path}: exists and is not overwritten.", "Name another file with -c.") from None
    except OSError as error:
        raise EnvironmentFailure(
            f"{path}: cannot be written: {error.strerror}.", "Name a file in a folder that exists and is writable."
        ) from None
    click.echo(f"Wrote {path}. Next: shadow doctor -c {path}, then shadow mirror -c {path}.")


@config.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of YAML.")
def show(path: Path, as_json: bool) -> None:
    """Print the effective configuration.

    Defaults are included, secrets and passwords in URLs are masked, and the digest that reports name comes first.
    """
    loaded = load_config(path)
    values, digest = masked(loaded), config_digest(loaded)
    if as_json:
        click.echo(json.dumps({"digest": digest, "config": values}, indent=2, ensure_ascii=False))
        return
    click.echo(f"# digest: {digest}")
    click.echo(yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=110), nl=False)


@config.command()
def schema() -> None:
    """Print the JSON Schema of shadow.yaml, for editors."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@config.command()
def reference() -> None:
    """Print every key with type, default and meaning, as Markdown."""
    click.echo(key_reference(), nl=False)
