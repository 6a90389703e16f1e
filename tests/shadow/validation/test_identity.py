from __future__ import annotations

from collections.abc import Callable

import pytest

from shadow.config import Config

OWN = """\
primary: {url: http://old:9001}
candidate: {url: http://new:9002, store: own}
routes:
  - {endpoint: POST /orders, mirror: writes}
"""


def test_accepted(accepted: Callable[..., Config]) -> None:
    assert accepted("identity: {learn: inferred}\n", text=OWN).identity.max_entries == 200_000
    declared = "identity: {learn: declared, values: [{kind: order, learn: [POST /orders $.id]}]}\n"
    assert accepted(declared, text=OWN).identity.values[0].scope == "shared"


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("identity: {learn: declared}\n", "is `declared`, and nothing is declared."),
        ("identity: {values: [{kind: a, learn: [POST /orders $.id]}]}\n", "identity.learn is off."),
        ("identity: {learn: inferred}\nmirror: {senders: 2}\n", "shadow.yaml:6: mirror.senders"),
        ("identity: {learn: inferred}\nmirror: {sample_ratio: 0.5}\n",
         "leaves out writes from which the identity map would learn."),
        ("identity: {learn: inferred, values: [{kind: a}]}\n", "this kind is never learnt"),
        ("identity: {learn: inferred, values: [{kind: a, learn: [POST orders $.id]}]}\n",
         "identity.values[0].learn[0] = 'POST orders $.id': cannot be read"),
        ("identity: {learn: inferred, values: [{kind: a, learn: [POST /orders]}]}\n", "it is not endpoint and place"),
        ("identity: {learn: inferred, values: [{kind: a, learn: [POST /orders body]}]}\n", "is not one value"),
        ("identity: {learn: inferred, values: [{kind: a, learn: [POST /a $.b]}, {kind: a, learn: [POST /c $.b]}]}\n",
         "is also the kind of identity.values[0]."),
        ("identity: {learn: guess}\n", "Valid: declared, inferred, off."),
    ],
)  # fmt: skip
def test_refusals(refusal: Callable[..., str], extra: str, said: str) -> None:
    assert said in refusal(extra, text=OWN)


def test_a_candidate_on_the_primary_s_database_makes_nothing_of_its_own(refusal: Callable[..., str]) -> None:
    assert "has no database of its own" in refusal("identity: {learn: inferred}\n")


def test_without_writes_there_is_nothing_to_learn(refusal: Callable[..., str]) -> None:
    text = OWN.replace("mirror: writes", "mirror: read_only")
    assert "no route lets them reach the candidate" in refusal("identity: {learn: inferred}\n", text=text)
