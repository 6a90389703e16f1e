"""In every medium: nothing depends on which leg is called old, equal bodies differ in nothing, nothing else is raised
than what is declared, and every mistake that self-proof makes is noticed."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow.bodies.decode import UndecodableError, decode
from shadow.compare.body import compare_bodies
from shadow.compare.found import LimitError
from shadow.compare.mutations import BODY_MUTATIONS
from shadow.compare.slips import slip
from shadow.config.model import Compare
from shadow.records import Kind, ResponseCopy

LIMITS = Compare(deadline_s=30.0)
MIRRORED = {Kind.missing: Kind.extra, Kind.extra: Kind.missing}
WORDS = st.sampled_from(["a", "b", "id", "x y", "1", "1.0", "é", "", "<", "&amp;", "2026-03-01T10:00:00Z"])
NAMES = st.sampled_from(["a", "b", "id", "c-d"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | WORDS | st.sampled_from([1.5, -0.0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def element(depth: int = 2) -> st.SearchStrategy[str]:
    inner = st.sampled_from(["", "t", " t ", "1", "<!-- c -->", "<![CDATA[x]]>"])
    if depth:
        inner = st.lists(inner | element(depth - 1), max_size=3).map("".join)
    attributes = st.sampled_from(["", ' k="1"', ' k="2"', " k='1' l='x'"])
    made = st.tuples(st.sampled_from(["p", "li", "b"]), attributes, inner)
    return made.map(lambda x: f"<{x[0]}{x[1]}>{x[2]}</{x[0]}>")


LINE = st.lists(WORDS, min_size=1, max_size=3)
FIELD = st.sampled_from(["", "event: e\n", "id: 1\n", ": c\n"])
EVENT = st.tuples(FIELD, WORDS).map(lambda x: f"{x[0]}data: {x[1]}\n\n")
PART = st.tuples(NAMES, WORDS).map(
    lambda x: f'--b\r\nContent-Disposition: form-data; name="{x[0]}"\r\n\r\n{x[1]}\r\n'
)
MEDIA = {
    "application/json": VALUES.map(msgspec.json.encode),
    "application/msgpack": VALUES.map(msgspec.msgpack.encode),
    "application/x-ndjson": st.lists(VALUES, max_size=4).map(lambda x: b"\n".join(map(msgspec.json.encode, x))),
    "application/x-www-form-urlencoded": st.lists(st.tuples(NAMES, WORDS), max_size=4).map(
        lambda x: "&".join(f"{k}={v}" for k, v in x).encode()
    ),
    "text/csv": st.lists(LINE, max_size=4).map(lambda x: "\r\n".join(",".join(row) for row in x).encode()),
    "text/plain": st.lists(WORDS, max_size=5).map(lambda x: "\n".join(x).encode()),
    "text/event-stream": st.lists(EVENT, max_size=4).map(lambda x: "".join(x).encode()),
    "application/xml": element().map(lambda x: f"<r>{x}</r>".encode()),
    "text/html": st.lists(element(), max_size=3).map(lambda x: "".join(x).encode()),
    "multipart/form-data; boundary=b": st.lists(PART, max_size=4).map(lambda x: ("".join(x) + "--b--\r\n").encode()),
    "application/octet-stream": st.binary(max_size=12),
}


def answer(media: str, body: bytes) -> ResponseCopy:
    return ResponseCopy(status=200, headers=((b"content-type", media.encode()),), body=body)


def found(old: ResponseCopy, new: ResponseCopy) -> list[tuple[str, Kind]] | str:
    try:
        diff = compare_bodies(old, new, LIMITS)
    except (UndecodableError, LimitError) as error:
        return type(error).__name__
    return sorted((each.group, each.kind) for each in diff.found)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_nothing_depends_on_which_leg_is_called_old(data: st.DataObject) -> None:
    media = data.draw(st.sampled_from(sorted(MEDIA)))
    one, other = (answer(media, data.draw(MEDIA[media])) for _ in range(2))
    there, back = found(one, other), found(other, one)
    if isinstance(there, str) or isinstance(back, str):
        assert there == back
        return
    assert there == sorted((group, MIRRORED.get(kind, kind)) for group, kind in back)
    assert found(one, one) == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_every_mistake_is_noticed_whatever_it_is_put_into(data: st.DataObject) -> None:
    media = data.draw(st.sampled_from(sorted(MEDIA.keys() - {"application/json"})))
    right = answer(media, data.draw(MEDIA[media]))
    if found(right, right):
        return  # not what its media type says
    seed, body = data.draw(st.integers(0, 50)), decode(right.headers, right.body, 1 << 20)
    for name in BODY_MUTATIONS:
        wrong = slip(name, body, Random(seed))
        assert wrong is None or found(right, answer(media, wrong)), (name, right.body, wrong)
