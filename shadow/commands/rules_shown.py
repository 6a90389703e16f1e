"""What `shadow rules` prints: plain lines for people, JSON for machines. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shadow.config import Config
from shadow.config.model import Rule
from shadow.rules.dryrun import DryRun
from shadow.rules.health import RuleState
from shadow.rules.suggest import Suggestion
from shadow.rules.text import rule_text


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def list_json(config: Config, states: Sequence[RuleState]) -> str:
    """Return every rule with its state."""
    return _json([
        {**msgspec.to_builtins(rule), **msgspec.to_builtins(state)}
        for rule, state in zip(config.compare.rules, states, strict=True)
    ])  # fmt: skip


def list_lines(config: Config, states: Sequence[RuleState]) -> str:
    """Return a table."""
    if not states:
        return "There are no rules."
    table = [("id", "what", "endpoint", "path", "owner", "expires", "state", "hits", "last hit")]
    table += [
        (
            rule.id, rule.what, rule.endpoint, rule.path, rule.owner, rule.expires, state.state, f"{state.hits:,}",
            state.last_hit or "-",
        )
        for rule, state in zip(config.compare.rules, states, strict=True)
    ]  # fmt: skip
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in table)


def check_json(states: Sequence[RuleState]) -> str:
    """Return the rules that something is wrong with."""
    return _json([
        {"id": state.id, "faults": [{"kind": kind, "text": text} for kind, text in state.faults]}
        for state in states
        if state.faults
    ])  # fmt: skip


def check_lines(config: Config, states: Sequence[RuleState]) -> str:
    """Return one line for each thing that is wrong, and a line that sums up."""
    lines = [f"{state.id}: {kind}: {text}." for state in states for kind, text in state.faults]
    wrong = sum(any(kind != "expiring" for kind, _ in state.faults) for state in states)
    total = len(config.compare.rules)
    return "\n".join((*lines, f"{total} rule{'' if total == 1 else 's'}, {wrong} with something wrong."))


def dry_run_json(rule: Rule, run: DryRun | None, *, saved: bool) -> str:
    """Return the rule, what it would have hidden, and whether it was saved."""
    return _json({"rule": rule, "dry_run": run, "saved": saved})


def dry_run_lines(rule: Rule, run: DryRun | None) -> str:
    """Return what the rule would have hidden."""
    lines = [rule_text(rule, "").rstrip("\n"), ""]
    if run is None:
        return "\n".join((*lines, "There is no ledger yet, so nothing tells what it would hide."))
    lines.append(
        f"Of {run.compared:,} exchanges compared at {rule.endpoint} it covers something in {run.covered:,}, and "
        f"{run.clean:,} would agree only because of it."
    )
    for each in run.hidden:
        values = f": {each.old if each.old is not None else 'nothing'} -> " + (
            each.new if each.new is not None else "nothing"
        )
        lines.append(f"  {each.n:>9,}  {each.endpoint}  {each.group}  {each.kind}{values}")
    if run.hidden_total > len(run.hidden):
        lines.append(f"  and {run.hidden_total - len(run.hidden):,} more signatures")
    lines += [
        f"  {doubt.n:>9,}  {doubt.endpoint}  may be covered: their values are not kept, so they go on failing"
        for doubt in run.doubts
    ]
    if run.is_all:
        lines.append(f"  It covers all {run.hidden_total} differences ever seen there: name what is meant.")
    if not run.covered and not run.doubts:
        lines.append("  It covers nothing that was ever seen.")
    return "\n".join(lines)


def suggest_json(found: Sequence[Suggestion]) -> str:
    """Return the suggestions."""
    return _json(list(found))


def suggest_lines(found: Sequence[Suggestion]) -> str:
    """Return each suggestion with its evidence, ready to be pasted into a rules file."""
    if not found:
        return "Nothing to suggest: no difference is left that a rule could cover."
    blocks = []
    for each in found:
        note = f"; {each.note}" if each.note else ""
        blocks.append(
            f"# {each.clean:,} exchanges would agree, {each.n:,} have it ({each.share:.1%} of those compared); "
            f"{each.old if each.old is not None else 'nothing'} -> {each.new if each.new is not None else 'nothing'}"
            f"{note}\n{rule_text(each.rule, '')}".rstrip("\n")
        )
    return "\n".join(blocks)
