"""What programs without Spark say of a record is what the batch says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from include.contracts import Contract, load_contracts
from include.contracts.conditions import Conditions
from include.contracts.model import Rule
from include.errors import ContractError
from jobs.common.records import RecordReader
from jobs.common.validate import judge
from jobs.produce.feeds import records
from tests.jobs.common.test_fields import GOOD, IDS, NO_IDS, WRONG
from tests.jobs.common.test_times import NOT_TAKEN, TAKEN
from tests.verdicts import as_bronze

CONTRACTS = load_contracts().feeds
EXAMPLES = Path(__file__).parents[2] / "contracts"
ODD = [
    *[text for _, text, _ in GOOD], *[text for _, text in WRONG], *[text for text, _ in IDS], *NO_IDS,
    *[json.dumps(text) for text in (*TAKEN, *NOT_TAKEN)],
    "null", "12.0", "-0", "-0.0", "1200.0", "0.1e1", "9007199254740993.5", "123456789012345678901234567890123456789",
    "1e-7", "0.0000000000000000000000000000000000000001", "99999999999999999999999999999999999999",
    "0.5", "250.0000000001", "-60", "600", "100", "-273.15",
    '"\\u00e9"', '"\\ud83d\\ude00"', '"\\ud83d"', '"😀"', '"' + "x" * 250 + '"',
    "[null]", "[{}]", '[{"quantity": 0}]', '{"a": 1, "a": 2}', '["x", 1]',
]  # fmt: skip
WHOLE = [b"", b" ", b"\xff", b"\xef\xbb\xbf{}", b"[]", b"{}", b"{} x", b"{", b'{"a":NaN}', b"{'a':1}", b'{"a":"\t"}', b"null", b"1"]


def mutated(contract: Contract, count: int, seed: int) -> list[bytes]:
    """Records of the generator, one of whose fields has another value, or none, or comes twice."""
    random = Random(seed)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    found = []
    for record in islice(records(contract, seed=seed, count=count, start=start, end=start + timedelta(days=1)), count):
        fields = {name: json.dumps(value) for name, value in json.loads(record.value or b"").items()}
        name = random.choice([field.name for field in contract.fields])
        change = random.random()
        if change < 0.8:
            fields[name] = random.choice(ODD)
        elif change < 0.9:
            fields.pop(name, None)
        written = [f"{json.dumps(key)}: {value}" for key, value in fields.items()]
        if change > 0.97:
            written.append(written[0])
        found.append(f"{{{', '.join(written)}}}".encode())
    return found


@pytest.mark.parametrize("feed", CONTRACTS)
def test_both_give_the_same_reasons_and_values(spark: SparkSession, feed: str) -> None:
    contract = CONTRACTS[feed]
    examples = [file.read_bytes() for file in sorted(EXAMPLES.glob(f"{feed}.*")) if file.suffix in (".json", ".bin")]
    values = [*examples, *WHOLE, *mutated(contract, 600, seed=7)]
    by_spark = judge(as_bronze(spark, contract, values), contract).orderBy("_offset")
    expected = by_spark.select("_dead_letter", "_reasons", *[field.name for field in contract.fields]).toArrow()
    why = [[dead] if dead else reasons for dead, reasons in zip(expected[0].to_pylist(), expected[1].to_pylist(), strict=True)]
    judged = RecordReader(contract).judge(values)
    given = [judged.reasons.get(place, []) for place in range(len(values))]
    differing = [(values[place][:300], *both) for place, both in enumerate(zip(given, why, strict=True)) if told(both[0]) != told(both[1])]
    assert differing == []
    kept = expected.drop_columns(["_dead_letter", "_reasons"]).take(judged.places).cast(judged.rows.schema)
    assert judged.rows.to_pylist() == kept.to_pylist()


def told(reasons: list[str]) -> list[str]:
    """The reasons, but for two in which the readers may differ: the stream's own reading gives event_time, so that it can be no
    other one, and which reader takes text that is no JSON is for Spark to know."""
    plain = ["not_json" if reason == "irregular_json" else reason for reason in reasons]
    return [reason for reason in plain if not reason.startswith("event_time:")]


EXPRESSIONS = [
    "forall(items, line -> line.quantity > 0)",
    "forall(items, line -> line.quantity > 1)",
    "exists(items, line -> line.quantity > 1)",
    "aggregate(items, 0, (sum, line) -> sum + line.quantity) > 2",
    "size(items) = 1",
    "status in ('paid', 'cancelled')",
    "status <=> 'paid'",
    "char_length(status) > 4 and total between 1 and 1000",
    "status rlike '^p'",
    "coalesce(total, 0) > 10",
    "case when status = 'paid' then total > 0 else true end",
    "lower(status) like 'pa%'",
    "abs(total - 10) <= 5.5",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression_means_the_same_to_both(spark: SparkSession, expression: str) -> None:
    contract = CONTRACTS["commandes_json"]
    judged = RecordReader(contract).judge([record.value for record in islice(records(contract, seed=5, count=50), 50)])
    expected = spark.createDataFrame(judged.rows).select(F.expr(expression)).toArrow().columns[0].to_pylist()
    assert Conditions("here", judged.rows.schema, {"it": expression}).of(judged.rows)["it"].to_pylist() == expected


def test_rule_that_only_spark_can_run_is_refused_with_its_place() -> None:
    odd = replace(CONTRACTS["commandes_json"], rules=(Rule("odd", "xxhash64(status) > 0"),))
    with pytest.raises(ContractError, match=r"expression odd.*commandes_json.odcs.yaml.*xxhash64"):
        RecordReader(odd).judge([b"{}"])
