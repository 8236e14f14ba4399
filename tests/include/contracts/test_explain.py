"""Every reason has words, and a contract as a JSON schema lets through what the contract does."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from include.contracts import Contract, load_contracts
from include.contracts.explain import explain, json_schema
from jobs.produce.breaks import Breaker
from tests.examples import EXAMPLES, Example

CONTRACTS = load_contracts().feeds
EACH = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())


@EACH
def test_every_reason_that_a_contract_can_give_has_words_of_its_own(contract: Contract) -> None:
    reasons = [*Breaker(contract).ways, "not_utf8", "not_json", "irregular_json", "not_object", "empty"]
    reasons += [f"type:{field.name}[]" for field in contract.fields if field.items]
    found = [explain(contract, reason) for reason in reasons]
    assert all(each.message for each in found)
    assert len({each.message for each in found}) == len(found)
    assert all(each.message.startswith(each.field) for each in found)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("required:Name", "Name is missing"),
        ("type:Gravity", "Gravity is no double"),
        ("min_length:Name", "Name is shorter than 1 characters"),
        ("exclusive_minimum:Gravity", "Gravity is not above 0 (g)"),
        ("minimum:Temperature", "Temperature is below -273.15 (°C)"),
        ("rule:sunlight_within_rotation", "A rotation has no more hours of sunlight than hours."),
    ],
)
def test_a_reason_says_field_bound_and_unit(reason: str, message: str) -> None:
    assert explain(CONTRACTS["planet_discoveries"], reason).message == message


JSON = [each for each in EXAMPLES if each.file.suffix == ".json"]


@pytest.mark.parametrize("example", [each for each in JSON if each.passes], ids=lambda example: example.file.name)
def test_the_schema_takes_what_the_contract_takes(example: Example) -> None:
    schema = json_schema(CONTRACTS[example.feed])
    assert list(Draft202012Validator(schema).iter_errors(json.loads(example.file.read_bytes()))) == []


SAID = [each for each in JSON if not each.passes and not each.reason.startswith(("rule-", "type-timestamp"))]


@pytest.mark.parametrize("example", SAID, ids=lambda example: example.file.name)
def test_the_schema_refuses_what_the_contract_refuses_but_for_rules_and_times(example: Example) -> None:
    beyond_its_type = example.reason.startswith("type-") and "too-large" in example.file.name
    valid = Draft202012Validator(json_schema(CONTRACTS[example.feed])).is_valid(json.loads(example.file.read_bytes()))
    assert valid == beyond_its_type
