"""Bytes → JSON object, or the reason why a record is a dead letter."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from include.contracts.model import Field

SHAPE_CHARACTERS = 10_000
_DIGITS = r"DECIMAL\([0-9]+,[0-9]+\)"


def decode(records: DataFrame, fields: Iterable[Field]) -> DataFrame:
    """Adds `_raw`, a struct with one variant for each field (null where it is missing), `_shape`, and `_dead_letter`, null or one reason:

    - `empty`: no value (a tombstone), or a value of no bytes
    - `not_utf8`: bytes that are no UTF-8 text; a byte order mark is no JSON either
    - `not_json`: not one JSON document: cut off, with anything but blanks after its end, with NaN or Infinity, without
      quotes; or beyond what the parser takes: 1000 digits of a number, 1000 levels, 50,000 characters of a key
    - `irregular_json`: one that only a lenient reader takes, and different readers differently: a key that occurs twice in
      one object, single quotes, control characters inside a text, half a surrogate pair
    - `not_object`: a JSON array, text, number, boolean or null

    The parser stops at the end of the first document and does not look at what follows. So the record is parsed inside an
    array, with its own hash after it: only one whole document leaves that hash in the second place.
    `_shape` is all fields of the object in the order of their names, with their JSON types, as Spark writes them (`OBJECT<id: BIGINT,
    tags: ARRAY<STRING>>`), but without the digits of decimals; its first SHAPE_CHARACTERS, and null where there is no object.
    Keys are told apart by case; nothing is lost between the text and the variant but the digits of a number beyond the 38th.
    """
    text = F.col("_value").cast("string")
    mark = F.xxhash64("_value")
    framed = F.concat(F.lit("["), text, F.lit(","), mark.cast("string"), F.lit("]"))
    parsed = records.withColumn("_document", F.when(F.is_valid_utf8(text), F.try_parse_json(framed)))
    whole = F.try_variant_get("_document", "$[1]", "bigint").eqNullSafe(mark)
    opened = parsed.withColumn("_raw", F.when(whole, F.try_variant_get("_document", "$[0]", _struct_of_variants(fields))))
    object_types = F.regexp_replace(F.schema_of_variant(F.try_variant_get("_document", "$[0]", "variant")), _DIGITS, "DECIMAL")
    shape = F.when(F.col("_raw").isNotNull(), F.substring(object_types, 1, SHAPE_CHARACTERS))
    lenient = F.json_object_keys(F.concat(F.lit('{"record":'), text, F.lit(',"end":0}'))).eqNullSafe(F.array(F.lit("record"), F.lit("end")))
    reason: Column = (
        F.when(F.coalesce(F.length("_value"), F.lit(0)) == 0, "empty")
        .when(F.col("_raw").isNotNull(), None)
        .when(~F.is_valid_utf8(text), "not_utf8")
        .when(whole, "not_object")
        .when(lenient, "irregular_json")
        .otherwise("not_json")
    )
    return opened.withColumn("_shape", shape).withColumn("_dead_letter", reason).drop("_document")


def _struct_of_variants(fields: Iterable[Field]) -> str:
    return f"struct<{','.join(f'`{field.name}`:variant' for field in fields)}>"
