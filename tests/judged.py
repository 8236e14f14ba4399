"""What the batch says of many records of each feed, sound and odd: for all tests that hold something against it.

A feed's are judged in one Spark job, by the first test of the process that asks for them: to plan it takes longer than to judge a
thousand records. The files that ask go to one process (tests/conftest.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from random import Random

import pyarrow as pa
from pyspark.sql import SparkSession

from include.contracts import Contract, load_contracts
from jobs.common.validate import judge, side_name
from jobs.produce import generic
from jobs.produce.feeds import records
from jobs.produce.record import Record, to_record
from tests.examples import EXAMPLES
from tests.odd_records import WHOLE, extreme, mutated, with_literals
from tests.verdicts import as_bronze

CONTRACTS = load_contracts().feeds
START = datetime(2026, 3, 14, tzinfo=UTC)
END = START + timedelta(hours=30)


@dataclass(frozen=True)
class Judged:
    """`rows` has a row for each of the values, in their order: `_dead_letter`, `_reasons`, `side`, and the contract's fields."""

    values: list[bytes]
    rows: pa.Table

    @cached_property
    def reasons(self) -> list[list[str]]:
        """The reason of a dead letter, or all for which a record is in quarantine; none for a valid one."""
        dead_letters, reasons = (self.rows[name].to_pylist() for name in ("_dead_letter", "_reasons"))
        return [[dead] if dead else why for dead, why in zip(dead_letters, reasons, strict=True)]


def generated(contract: Contract, *, seed: int = 7, count: int = 400) -> list[Record]:
    """The feed's generator's, of thirty hours."""
    return list(records(contract, seed=seed, count=count, start=START, end=END))


def of_the_contract_alone(contract: Contract, *, seed: int = 7, count: int = 150) -> list[bytes]:
    """What the feed would have without a generator of its own."""
    times = (START + timedelta(seconds=number) for number in range(count))
    return [to_record(contract, message).value or b"" for message in generic.generator(contract)(Random(seed), times)]


def _values(contract: Contract) -> dict[str, list[bytes]]:
    examples = [example for example in EXAMPLES if example.feed == contract.feed]
    made = generated(contract)
    return {
        "examples": [example.file.read_bytes() for example in examples],
        "whole": WHOLE,
        "mutated": list(mutated(contract, generated(contract, count=600), Random(7))),
        "with literals": list(with_literals(made[0].value or b"", 120, Random())),  # others each time
        "extreme": list(extreme(contract)),
        "generated": [record.value or b"" for record in made],
        "of the contract alone": of_the_contract_alone(contract),
    }


@cache
def judged(spark: SparkSession, feed: str) -> dict[str, Judged]:
    """By the kind of the values: `examples` (the files of tests/contracts, in the order of their names), `whole`, `mutated`,
    `with literals`, `extreme`, `generated` and `of the contract alone`."""
    contract = CONTRACTS[feed]
    kinds = _values(contract)
    frame = judge(as_bronze(spark, contract, [value for values in kinds.values() for value in values]), contract).orderBy("_offset")
    rows = frame.select("_dead_letter", "_reasons", side_name().alias("side"), *[field.name for field in contract.fields]).toArrow()
    found, start = {}, 0
    for kind, values in kinds.items():
        found[kind] = Judged(values, rows.slice(start, len(values)))
        start += len(values)
    assert start == rows.num_rows
    return found
