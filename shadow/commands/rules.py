"""`shadow rules`: look after the governed statements about differences."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from shadow.clock import SystemClock
from shadow.commands import rules_shown as shown
from shadow.commands.files import write_atomic
from shadow.config import Config
from shadow.config.model import Rule
from shadow.errors import EXIT_FAIL, ConfigError
from shadow.options import config_option
from shadow.rules.dryrun import dry_run
from shadow.rules.health import rule_states
from shadow.rules.reevaluate import reevaluate
from shadow.rules.suggest import suggest as suggest_rules
from shadow.rules.text import with_expiry, with_rule
from shadow.validation import load_config
from shadow.validation.load import read_text, rules_path

DAY_S = 86_400.0
LIFE_DAYS = 90

EXAMPLES = """\b
Examples:
  shadow rules list -c shadow.yaml
  shadow rules suggest -c shadow.yaml
  shadow rules add price-rounding --what tolerate --endpoint 'GET /orders/{id}' --path '$.items[*].price'
      --absolute 0.01 --owner ann --reason 'agreed with finance' --expires 2026-12-31
  shadow rules check -c shadow.yaml || echo 'some rules need their owners'
  shadow rules expire price-rounding
"""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(epilog=EXAMPLES)
def rules() -> None:
    """List, add, check, end and suggest rules about differences.

    Rules are kept in the file that compare.rules_file names; see docs/rules.md.
    """


@rules.command("list", epilog="\b\nExample:\n  shadow rules list -c shadow.yaml --json")
@config_option
@json_option
def list_(path: Path, as_json: bool) -> None:
    """List the rules, whether they are in force, and how often they had something to cover."""
    config = load_config(path)
    states = rule_states(config.compare, _evidence(config), SystemClock().now())
    click.echo(shown.list_json(config, states) if as_json else shown.list_lines(config, states))


@rules.command(epilog="\b\nExample:\n  shadow rules check -c shadow.yaml && echo 'all rules are alive'")
@config_option
@json_option
def check(path: Path, as_json: bool) -> int:
    """Tell which rules have expired, cover nothing, cover far more than they did, or hide all there is.

    Exits with 10 if there is any of these; a rule that expires within 14 days is only told.
    """
    config = load_config(path)
    states = rule_states(config.compare, _evidence(config), SystemClock().now())
    click.echo(shown.check_json(states) if as_json else shown.check_lines(config, states))
    return EXIT_FAIL if any(kind != "expiring" for state in states for kind, _ in state.faults) else 0


@rules.command(epilog=EXAMPLES)
@click.argument("rule_id", metavar="ID")
@config_option
@click.option(
    "--what", type=click.Choice(["ignore", "tolerate", "expect", "rename", "map"]), default="ignore",
    show_default=True, help="What the rule says of the difference.",
)  # fmt: skip
@click.option("--endpoint", required=True, help="Where it holds: 'GET /orders/{id}', '* /orders/*', '*'.")
@click.option("--path", "place", required=True, help="Place it holds for: '$.items[*].price', 'header:etag', 'status'.")
@click.option("--kind", "kinds", multiple=True, help="Kind of difference it holds for; all when not given.")
@click.option("--absolute", type=float, default=0.0, help="Tolerated distance of two numbers.")
@click.option("--relative", type=float, default=0.0, help="Tolerated distance as a share of the larger number.")
@click.option("--seconds", type=float, default=0.0, help="Tolerated distance of two instants.")
@click.option("--to", default="", help="New name of a renamed member.")
@click.option("--value", "values", multiple=True, metavar="OLD=NEW", help="Value that becomes another.")
@click.option(
    "--happens", type=click.Choice(["always", "sometimes"]), default="always", help="How an expected change comes true."
)
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--reason", required=True, help="Why the difference is right or does not matter.")
@click.option("--expires", default="", help="Last day on which it works; 90 days from today when not given.")
@click.option("--ticket", default="", help="Where it was decided.")
@click.option("--dry-run", "only_dry", is_flag=True, help="Only show what it would hide.")
@click.option("--yes", is_flag=True, help="Save it without asking.")
@json_option
def add(rule_id: str, path: Path, place: str, only_dry: bool, yes: bool, as_json: bool, **fields: Any) -> int:
    """Show what a rule would have hidden, then save it.

    The dry run judges the whole history in the ledger with the rule and without. The rule goes to the end of the rules
    file, whose comments stay as they are. Exits with 10 where it was not saved because nobody agreed.
    """
    config = load_config(path)
    target = _target(config, path)
    rule = _rule(rule_id, place, fields)
    text = read_text(target)
    if any(each.id == rule_id for each in config.compare.rules):
        raise ConfigError(f"there is a rule {rule_id!r} already.", "Choose another id, or end that one first.")
    changed = with_rule(text, rule, str(target), os.environ)
    evidence = _evidence(config)
    run = dry_run(evidence, config.compare, rule, SystemClock().now()) if evidence is not None else None
    saved = False
    if not as_json:
        click.echo(shown.dry_run_lines(rule, run))
    if not only_dry and (yes or (sys.stdin.isatty() and click.confirm(f"Save it to {target}?"))):
        write_atomic(target, changed)
        saved = True
    if as_json:
        click.echo(shown.dry_run_json(rule, run, saved=saved))
    elif saved:
        click.echo(f"Saved to {target}. The gate judges with it at once, a running mirror after a reload (SIGHUP).")
    elif not only_dry:
        click.echo("Not saved. Add --yes to save it.", err=True)
    return 0 if saved or only_dry else EXIT_FAIL


@rules.command(epilog="\b\nExample:\n  shadow rules expire price-rounding -c shadow.yaml")
@click.argument("rule_id", metavar="ID")
@config_option
def expire(rule_id: str, path: Path) -> None:
    """End a rule now: what it covered counts again, yesterday's exchanges included."""
    config = load_config(path)
    target = _target(config, path)
    today = datetime.fromtimestamp(SystemClock().now(), UTC).date()
    write_atomic(target, with_expiry(read_text(target), rule_id, str(target), os.environ, today))
    click.echo(f"{target}: {rule_id} works no more.")


@rules.command(epilog="\b\nExample:\n  shadow rules suggest -c shadow.yaml --most 5")
@config_option
@click.option("--most", type=click.IntRange(1, 100), default=10, show_default=True, help="How many to suggest.")
@json_option
def suggest(path: Path, most: int, as_json: bool) -> None:
    """Suggest rules from what differs, the one first that would make most exchanges clean.

    A suggestion asks whether a difference is intended; it does not say that it is.
    """
    config = load_config(path)
    evidence = _evidence(config)
    now = SystemClock().now()
    taken = frozenset(rule.id for rule in config.compare.rules)
    found = suggest_rules(evidence, now, most, taken) if evidence is not None else ()
    click.echo(shown.suggest_json(found) if as_json else shown.suggest_lines(found))


def _evidence(config: Config) -> Any:
    """Return the ledger's evidence as today's rules see it, None where there is no ledger yet."""
    from shadow.ledger.reader import read_evidence

    place = Path(config.ledger.path)
    if not place.exists():
        return None
    now = SystemClock().now()
    return reevaluate(read_evidence(place, at=now), config.compare, now).evidence


def _target(config: Config, path: Path) -> Path:
    if not config.compare.rules_file:
        raise ConfigError(
            f"{path}: compare.rules_file is not set, so there is no file to change.",
            "Write `compare: {rules_file: rules.yaml}`; rules in the configuration itself go on working.",
        )
    return rules_path(config, path)


def _rule(rule_id: str, place: str, fields: dict[str, Any]) -> Rule:
    now = datetime.fromtimestamp(SystemClock().now(), UTC).date()
    values: dict[str, str] = {}
    for pair in fields.pop("values"):
        old, equals, new = pair.partition("=")
        if not equals:
            raise ConfigError(f"--value {pair!r} maps nothing.", "Write it as OLD=NEW.")
        values[old] = new
    fields["expires"] = fields["expires"] or (now + timedelta(days=LIFE_DAYS)).isoformat()
    fields["kinds"] = tuple(fields["kinds"])
    return msgspec.convert({"id": rule_id, "path": place, "created": now.isoformat(), "values": values, **fields}, Rule)
