"""Which bytes are a JSON object, and why others are not."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from include.contracts.model import Field
from jobs.common.decode import decode

FIELDS = (Field("a", "string"),)
OBJECTS = {
    "an object": b'{"a":1}',
    "no field at all": b"{}",
    "blanks around it": b' \t\r\n{"a":1}\n',
    "a key twice, in different case": b'{"A":1,"a":2}',
    "a key twice, in different objects": b'{"a":{"a":1}}',
    "an unknown field": b'{"b":[1,{"c":null}]}',
    "text beyond ASCII": '{"a":"é漢😀"}'.encode(),
    "an escaped zero": b'{"a":"\\u0000"}',
    "a whole surrogate pair": b'{"a":"\\ud83d\\ude00"}',
    "its own end inside a text": b'{"a":"}],"}',
    "900 kB": b'{"a":"' + b"x" * 900_000 + b'"}',
    "900 kB of elements": b'{"a":[' + b"1," * 400_000 + b"1]}",
    "a deep one": b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
}
DEAD = {
    "a tombstone": (None, "empty"),
    "no byte": (b"", "empty"),
    "blanks alone": (b"  ", "not_json"),
    "latin-1": ('{"a":"é"}'.encode("latin-1"), "not_utf8"),
    "utf-16": ('{"a":1}'.encode("utf-16"), "not_utf8"),
    "an overlong form": (b'{"a":"\xc0\xaf"}', "not_utf8"),
    "an encoded surrogate": (b'{"a":"\xed\xa0\x80"}', "not_utf8"),
    "a byte order mark": (b"\xef\xbb\xbf" + b'{"a":1}', "not_json"),
    "text": (b"hello", "not_json"),
    "cut off": (b'{"a":', "not_json"),
    "cut off in a text": (b'{"a":"x', "not_json"),
    "letters after its end": (b'{"a":1} x', "not_json"),
    "a zero byte after its end": (b'{"a":1}\x00', "not_json"),
    "a bracket after its end": (b'{"a":1}]', "not_json"),
    "a bracket and more after its end": (b'{"a":1}] x', "not_json"),
    "a brace after its end": (b'{"a":1}}', "not_json"),
    "the tail of a larger document": (b'{"a":1}]}', "not_json"),
    "two objects": (b'{"a":1}{"a":2}', "not_json"),
    "two objects, two lines": (b'{"a":1}\n{"a":2}', "not_json"),
    "two objects, a comma": (b'{"a":1},{"a":2}', "not_json"),
    "a trailing comma": (b'{"a":1,}', "not_json"),
    "a comment": (b'{"a":1/*one*/}', "not_json"),
    "keys without quotes": (b"{a:1}", "not_json"),
    "NaN": (b'{"a":NaN}', "not_json"),
    "Infinity": (b'{"a":-Infinity}', "not_json"),
    "a leading zero": (b'{"a":01}', "not_json"),
    "a leading plus": (b'{"a":+1}', "not_json"),
    "Python's repr": (b"{'a': 1}", "irregular_json"),
    "a key twice": (b'{"a":1,"a":2}', "irregular_json"),
    "an unknown key twice, deeper": (b'{"b":{"c":1,"c":1}}', "irregular_json"),
    "half a surrogate pair": (b'{"a":"\\ud800"}', "irregular_json"),
    "half a surrogate pair in a key": (b'{"\\ud800":1}', "irregular_json"),
    "half a surrogate pair in an unknown field, deeper": (b'{"b":[{"c":"\\udc00"}]}', "irregular_json"),
    "a raw line feed in a text": (b'{"a":"x\ny"}', "irregular_json"),
    "a list": (b'[{"a":1}]', "not_object"),
    "a number": (b"12", "not_object"),
    "a text in quotes": (b'"{}"', "not_object"),
    "null": (b"null", "not_object"),
    "true": (b"true", "not_object"),
    "a number of 1500 digits": (b'{"a":' + b"1" * 1500 + b"}", "not_json"),
    "2000 levels": (b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}", "not_json"),
}


def dead_letters(spark: SparkSession, values: list[bytes | None]) -> list[str | None]:
    """The reason of each value, null for an object."""
    rows = spark.createDataFrame([(place, value) for place, value in enumerate(values)], "place int, _value binary")
    return [row[0] for row in decode(rows, FIELDS).orderBy("place").select("_dead_letter").collect()]


@pytest.fixture(scope="module")
def reasons(spark: SparkSession) -> dict[str, str | None]:
    """The reasons of all named values, found in one go."""
    named = {**OBJECTS, **{name: value for name, (value, _) in DEAD.items()}}
    return dict(zip(named, dead_letters(spark, list(named.values())), strict=True))


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_decodes(reasons: dict[str, str | None], name: str) -> None:
    assert reasons[name] is None


@pytest.mark.parametrize("name", DEAD)
def test_anything_else_is_a_dead_letter_with_its_reason(reasons: dict[str, str | None], name: str) -> None:
    assert reasons[name] == DEAD[name][1]


def loads_strictly(value: bytes) -> bool:
    """Whether Python, told to be as strict as we are, reads an object."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    def no_constant(name: str) -> object:
        raise ValueError(name)

    try:
        text = value.decode()
        read = json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
        json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
BYTES = st.one_of(
    st.binary(max_size=30),
    JSON.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from([b"{", b"}", b"[", b"]", b'"a"', b":", b",", b"1", b" ", b"null"]), max_size=8).map(b"".join),
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(values=st.lists(BYTES, min_size=60, max_size=120))
def test_decodes_what_a_strict_reader_decodes(spark: SparkSession, values: list[bytes]) -> None:
    assert [reason is None for reason in dead_letters(spark, values)] == [loads_strictly(value) for value in values]
