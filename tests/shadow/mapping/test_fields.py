from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config.contract import FieldMapping
from shadow.mapping.fields import map_fields


@pytest.mark.parametrize(
    ("mapping", "before", "after"),
    [
        (FieldMapping(rename={"page": "p"}), b"page=1&x=%7e&page=2", b"p=1&x=%7e&p=2"),
        (FieldMapping(rename={"a b": "c d"}), b"a+b=1&a%20b=2", b"c+d=1&c+d=2"),
        (FieldMapping(drop=("debug",)), b"debug&x=1&debug=2", b"x=1"),
        (FieldMapping(set={"format": "js&n"}), b"format=xml", b"format=js%26n"),
        (FieldMapping(set={"v": "2"}), b"", b"v=2"),
        (FieldMapping(values={"sort": {"new": "-created"}}), b"sort=new&sort=old", b"sort=-created&sort=old"),
        (FieldMapping(convert={"all": "boolean"}), b"all=1&all=maybe&all=", b"all=true&all=maybe&all="),
        (FieldMapping(values={"a": {"one": "1.0"}}, convert={"a": "integer"}, rename={"a": "n"}), b"a=one", b"n=1"),
        (FieldMapping(), b"&&a=%zz&=&", b"&&a=%zz&=&"),
        (FieldMapping(drop=("x",)), b"a=%zz&b", b"a=%zz&b"),
    ],
)
def test_changes(mapping: FieldMapping, before: bytes, after: bytes) -> None:
    assert map_fields(before, mapping) == after


TEXT = st.text(max_size=8)
MAPPINGS = st.builds(
    FieldMapping, drop=st.lists(TEXT, max_size=2).map(tuple), rename=st.dictionaries(TEXT, TEXT, max_size=3),
    set=st.dictionaries(TEXT, TEXT, max_size=3), values=st.dictionaries(TEXT, st.dictionaries(TEXT, TEXT), max_size=2),
    convert=st.dictionaries(TEXT, st.sampled_from(["integer", "boolean", "upper", "epoch", "instant"]), max_size=2),
)  # fmt: skip
QUERY = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30).map(str.encode)


@given(QUERY, MAPPINGS)
def test_a_query_stays_a_query(query: bytes, mapping: FieldMapping) -> None:
    found = map_fields(query, mapping)
    assert re.fullmatch(rb"[!-~]*", found)
    names = [name for name, _ in parse_qsl(found.decode(), keep_blank_values=True, errors="surrogateescape")]
    assert all(names.count(name) == 1 for name in mapping.set if name)
