from __future__ import annotations

from collections.abc import Sequence

import pytest

from verify.classes import TypeClass
from verify.proof.selfproof import CANNOT_SEE, LAST_DIGIT, SAMPLES, Digest, client_digest, survivors
from verify.store import BucketDigest, Reading, Row, Selection

SALT = b"0123456789abcdef"


def selection(*kinds: TypeClass, carried: bool = False, width: int = 1) -> Selection:
    return Selection(
        table="t",
        readings=tuple(Reading(column=f"c{n}", kind=kind, carried=carried) for n, kind in enumerate(kinds)),
        key_width=width,
    )


@pytest.mark.parametrize("carried", [False, True])
@pytest.mark.parametrize("kind", TypeClass)
def test_the_real_digest_notices_everything(kind: TypeClass, carried: bool) -> None:
    assert survivors(selection(TypeClass.integer, kind, carried=carried), client_digest(SALT)) == ()
    assert survivors(selection(kind, carried=carried, width=0), client_digest(SALT)) == ()


def weak(change: str) -> Digest:
    """Return a digest with a known weakness."""
    real = client_digest(SALT)

    def digest(wanted: Selection, rows: Sequence[Row]) -> tuple[BucketDigest, ...]:
        match change:
            case "null is empty":
                rows = [tuple("" if value is None else value for value in row) for row in rows]
            case "floats are rounded":
                rows = [tuple(round(v, 9) if isinstance(v, float) else v for v in row) for row in rows]
            case "copies vanish":
                rows = list(dict.fromkeys(rows))
            case "columns are independent":
                digests = (
                    real(wanted, [tuple(row[at] if at == place else 0 for at in range(len(row))) for row in rows])
                    for place in range(len(wanted.readings))
                )
                return tuple(found for one in digests for found in one)
            case "the last column is forgotten":
                rows = [(*row[:-1], 0) for row in rows]
        return real(wanted, rows)

    return digest


@pytest.mark.parametrize(
    ("change", "kind", "survivor"),
    [
        ("null is empty", TypeClass.text, "c1: NULL became empty text"),
        ("floats are rounded", TypeClass.float, "c1: the last digit"),
        ("copies vanish", TypeClass.text, "a duplicated row"),
        ("columns are independent", TypeClass.text, "c1: the values of two rows exchanged"),
        ("the last column is forgotten", TypeClass.text, "c1: another value"),
    ],
)
def test_a_weak_digest_is_found_out(change: str, kind: TypeClass, survivor: str) -> None:
    assert survivor in survivors(selection(TypeClass.integer, kind), weak(change))


@pytest.mark.parametrize(
    "reading",
    [
        Reading(column="c", kind=TypeClass.timestamp, step_us=1000),
        Reading(column="c", kind=TypeClass.decimal, steps=("round:2",)),
        Reading(column="c", kind=TypeClass.text, steps=("trim", "lower", "empty_is_null")),
    ],
)
def test_what_is_declared_to_be_equal_is_no_survivor(reading: Reading) -> None:
    wanted = Selection(table="t", readings=(Reading(column="k", kind=TypeClass.integer), reading), key_width=1)
    assert survivors(wanted, client_digest(SALT)) == ()
    assert "c: another value" in survivors(wanted, weak("the last column is forgotten"))


def test_every_class_has_samples_that_differ() -> None:
    assert SAMPLES.keys() == LAST_DIGIT.keys() == set(TypeClass)
    for kind, values in SAMPLES.items():
        assert values[0] != values[1] and values[0] != LAST_DIGIT[kind], kind


def test_it_says_what_it_is_blind_to() -> None:
    assert CANNOT_SEE.startswith("what lies outside the digest")
