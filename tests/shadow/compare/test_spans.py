"""Comparing by spans reports what comparing whole documents reports, whatever the texts are."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shadow.bodies.parse import NotJsonError, parse, to_text
from shadow.compare import spans
from shadow.compare.found import Found, LimitError
from shadow.compare.spans import Document, compare_documents
from shadow.compare.walk import Walk

# Literals that a careless parser would confuse, lose or refuse.
LITERALS = (
    "1", "1.0", "1.00", "1e2", "1E2", "100", "100.0", "-0", "0", "-0.0", "9007199254740992", "9007199254740993",
    "0.1000000000000000055511151231257827", "0.1", "1e400", "123456789012345678901234567890", "true", "false", "null",
    '""', '"1"', '"a"', '"\\ud800"', '"\\u00e9"', '"é"', '"a:b,{}[]\\""', "NaN", "-Infinity", "[]", "{}", "[1]",
    '{"a":1,"a":2}', '{"a":2}', '{"a":1,"\\u0061":2}', "[true,1]", "[1,true]", '"2026-01-01T10:00:00Z"', "01", "tru",
)  # fmt: skip
KEYS = ('"a"', '"b"', '"\\u0062"', '"id"', '"é"', '"\\ud800"', '"a b"', '"c"', '"d"', '"e"')
FILLER = '"' + "f" * spans._SMALL_BYTES + '"'


def walked() -> Walk:
    return Walk(max_depth=64, max_found=10_000, rest=lambda place, _front, old, new: [Found(
        kind="value", area="body", segments=place, old=old, new=new)])  # type: ignore[arg-type]  # fmt: skip


def report(found: list[Found]) -> list[str]:
    """Return findings in a comparable form, order free: what was put off comes later in one of the two ways."""
    return sorted(f"{each.kind} {each.path} {to_text(each.old)} {to_text(each.new)} {each.note}" for each in found)


def whole(old: bytes, new: bytes) -> object:
    walk = walked()
    try:
        return report(walk.run(parse(old), parse(new)))
    except (NotJsonError, LimitError, RecursionError) as error:
        return type(error)


def by_spans(old: bytes, new: bytes) -> object:
    walk = walked()
    try:
        compare_documents(Document(old), Document(new), walk)
    except (NotJsonError, LimitError, RecursionError) as error:
        return type(error)
    return report(walk.found)


def write(draw: random.Random, depth: int, comma: str, colon: str) -> str:
    """Write a random text that is mostly JSON."""
    if depth == 0 or draw.random() < 0.2:
        return draw.choice(LITERALS) if draw.random() < 0.9 else FILLER
    parts = [write(draw, depth - 1, comma, colon) for _ in range(draw.randrange(12))]
    if draw.random() < 0.5:
        return f"[{comma.join(parts)}]"
    return "{" + comma.join(f"{draw.choice(KEYS)}{colon}{part}" for part in parts) + "}"


def mutate(draw: random.Random, text: str) -> str:
    """Exchange some literals of a text, members and items included."""
    for _ in range(draw.randrange(1, 4)):
        old, new = draw.choice(LITERALS), draw.choice(LITERALS)
        at = [i for i in range(len(text)) if text.startswith(old, i)]
        if at:
            start = draw.choice(at)
            text = text[:start] + new + text[start + len(old) :]
    return text


@given(st.randoms(use_true_random=False), st.sampled_from([(",", ":"), (", ", ": "), (" , ", " :")]))
def test_same_as_the_whole(draw: random.Random, style: tuple[str, str]) -> None:
    """On any two texts, JSON or not: the same findings, or the same refusal."""
    comma, colon = style
    body = write(draw, 3, comma, colon)
    old = f'{{"filler"{colon}{FILLER}{comma}"body"{colon}{body}{comma}"list"{colon}[{FILLER}{comma}{body}]}}'
    new = mutate(draw, old)
    a, b = old.encode("utf-8", "surrogatepass"), new.encode("utf-8", "surrogatepass")
    assert by_spans(a, b) == whole(a, b)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "a", "b", "on"]), st.sampled_from([0, 1, True, False, 1.0, "x", None])),
        min_size=9,
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
@example([{"id": at, "on": True} for at in range(20)], random.Random(1))
def test_lists_of_objects(rows: list[dict[str, object]], draw: random.Random) -> None:
    """Booleans for numbers, items that come, go and move: as if the whole had been parsed."""
    other = [dict(row) for row in rows]
    for _ in range(draw.randrange(1, 4)):
        draw.choice(other)[draw.choice(["id", "a", "on"])] = draw.choice([0, 1, True, "y"])
    if draw.random() < 0.2:
        draw.shuffle(other)
    if draw.random() < 0.2:
        del other[draw.randrange(len(other))]
    documents = [json.dumps({"filler": "f" * 700, "rows": each}).encode() for each in (rows, other)]
    assert by_spans(documents[0], documents[1]) == whole(documents[0], documents[1])


def rows(prices: dict[int, object]) -> bytes:
    return json.dumps({"at": "x", "rows": [{"id": at, "price": prices.get(at, 5)} for at in range(200)]}).encode()


def test_parses_only_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 200 rows two are parsed, on each side one."""
    parsed: list[bytes] = []
    monkeypatch.setattr(spans, "parse", lambda data, *rest: parsed.append(data) or parse(data, *rest))
    assert by_spans(rows({}), rows({7: 6})) == ["value body:$.rows[7].price 5 6 "]
    assert parsed == [b'{"id": 7, "price": 5}', b'{"id": 7, "price": 6}']


def test_a_document_is_split_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third answer costs only itself."""
    parsed: list[bytes] = []
    monkeypatch.setattr(spans, "parse", lambda data, *rest: parsed.append(data) or parse(data, *rest))
    old = Document(rows({}))
    for price in (6, 7):
        compare_documents(old, Document(rows({7: price})), walked())
    assert parsed.count(b'{"id": 7, "price": 5}') == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"a":1,"a":2}', '{"a":2}'),
        ('{"a":{"x":1,"x":2}}', '{"a":{"x":3,"x":2}}'),
        ('{"\\u0061":1}', '{"a":1}'),
        ('{"a":"\\ud800"}', '{"a":"\\ud801"}'),
        ("[" * 3000 + "]" * 3000, "[" * 3000 + "1" + "]" * 3000),
        ('{"a":1}x', '{"a":2}'),
        ('\ufeff{"a":1}', '{"a":2}'),
        ("\x0c{}", "{} "),
    ],
)
def test_odd_documents(old: str, new: str) -> None:
    """Duplicate keys, escaped keys, lone surrogates, depth, trailing data, marks: nothing is lost by spans."""
    texts = [f'{{"f":{FILLER},"x":{text}}}'.encode("utf-8", "surrogatepass") for text in (old, new)]
    assert by_spans(texts[0], texts[1]) == whole(texts[0], texts[1])
    tails = [(text + " " * 700).encode("utf-8", "surrogatepass") for text in (old, new)]
    assert by_spans(tails[0], tails[1]) == whole(tails[0], tails[1])


@pytest.mark.parametrize(("comma", "colon"), [(",", ":"), (", ", ": ")])
def test_a_member_lost_as_a_duplicate_is_found(comma: str, colon: str) -> None:
    """Equal last values do not hide other first ones, in an object that is split."""
    pairs = [[f'"f"{colon}{FILLER}', f'"x"{colon}{first}', f'"y"{colon}0', f'"x"{colon}2'] for first in (1, 3)]
    old, new = ("{" + comma.join(each) + "}" for each in pairs)
    found = by_spans(old.encode(), new.encode())
    assert found == ["encoding body:$.x [1] [3] duplicate key, earlier values differ"]


def test_bytes_that_are_no_utf8_are_noticed_where_they_are_equal() -> None:
    """A span of equal bytes is not trusted before the whole text was."""
    old, new = (b'{"f":' + FILLER.encode() + b',"x":"\xff","y":%d}' % at for at in (1, 2))
    assert by_spans(old, new) is NotJsonError
