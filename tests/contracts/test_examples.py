"""Every example in this folder, judged by the batch as a record that came through the stream. See README.md."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from include.contracts import Contract, Field, load_contracts
from jobs.produce.feeds import SOURCES
from tests.examples import EXAMPLES, Example
from tests.judged import judged

CONTRACTS = load_contracts()


def in_a_file_name(reason: str) -> str:
    """minimum:items[].quantity as minimum-items.quantity."""
    return reason.replace(":", "-", 1).replace("[]", "")


def reasons(spark: SparkSession, example: Example) -> list[str]:
    """The reasons against an example, none for a valid one."""
    of_the_feed = [each for each in EXAMPLES if each.feed == example.feed]
    return judged(spark, example.feed)["examples"].reasons[of_the_feed.index(example)]


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.passes], ids=lambda each: each.file.name)
def test_example_passes(example: Example, spark: SparkSession) -> None:
    assert reasons(spark, example) == []


@pytest.mark.parametrize("example", [each for each in EXAMPLES if not each.passes], ids=lambda each: each.file.name)
def test_example_fails_for_the_reason_in_its_name(example: Example, spark: SparkSession) -> None:
    """And for no other: but a rule over a field that is missing or wrong is broken too."""
    found = [in_a_file_name(reason) for reason in reasons(spark, example)]
    implied = [] if example.reason.startswith("rule-") else [reason for reason in found if reason.startswith("rule-")]

    assert [reason for reason in found if reason not in implied] == [example.reason]


def own_reasons(fields: tuple[Field, ...], within: str = "") -> Iterator[str]:
    """Every reason but a wrong type that a record can break its contract for."""
    for field in fields:
        bounds = ("minimum", "maximum", "exclusive_minimum", "exclusive_maximum", "min_length", "max_length")
        kinds = [name for name in bounds if getattr(field, name) is not None]
        kinds += ["valid_values"] if field.valid_values else []
        kinds += ["required"] if field.required else []
        yield from (f"{kind}-{within}{field.name}" for kind in kinds)
        yield from own_reasons(field.items, f"{field.name}.")


SHOWN = {*SOURCES, *(example.feed for example in EXAMPLES)}  # our own feeds, and any other that somebody has begun to show


@pytest.mark.parametrize("contract", [CONTRACTS[feed] for feed in sorted(SHOWN)], ids=sorted(SHOWN))
def test_each_reason_of_a_contract_has_an_example(contract: Contract) -> None:
    shown = defaultdict(set)
    for example in EXAMPLES:
        shown[example.feed, example.passes].add(example.reason)
    demanded = {*own_reasons(contract.fields), *(f"rule-{rule.name}" for rule in contract.rules)}

    assert demanded - shown[contract.feed, False] == set()
    assert len(shown[contract.feed, True]) >= 3


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.file.name)
def test_json_examples_are_json_objects_and_the_others_are_not(example: Example) -> None:
    def is_object() -> bool:
        try:
            return isinstance(json.loads(example.file.read_bytes(), parse_constant=lambda _: 1 / 0), dict)
        except (ValueError, ZeroDivisionError):
            return False

    assert is_object() == (example.file.suffix == ".json")
