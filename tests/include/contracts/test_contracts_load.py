"""Contracts load when they are sound; a broken one is reported and stops only its own feed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from include.contract_files import feeds_by_system
from include.contracts import Contract, Field, Rule, Sla, TopicSettings, load_contracts
from include.contracts.build import TOPIC_DEFAULTS
from include.errors import ContractError
from tests.include.contracts.sound import FIELDS, GONE, SOUND, TOPIC_CONFIG, edited, load, write


def test_a_sound_contract_says_all_that_the_rest_needs(tmp_path: Path) -> None:
    contracts = load(tmp_path, SOUND)

    assert contracts.broken == ()
    assert contracts["card_sales"] == Contract(
        path=tmp_path / "shop/card_sales.odcs.yaml",
        version="1.0.0",
        system="shop",
        topic=TopicSettings("card-sales", 2, 1, TOPIC_DEFAULTS | {name: str(value) for name, value in TOPIC_CONFIG.items()}),
        fields=(
            Field("sale_id", "string", required=True, description="The sale.", min_length=1, max_length=20),
            Field("sold_at", "timestamp", required=True, description="When."),
            Field(
                "price",
                "decimal(18,4)",
                required=True,
                description="What was paid.",
                unit="EUR",
                minimum=Decimal("0.1"),
                exclusive_maximum=Decimal(1000),
            ),
            Field("card", "string", description="The kind of card.", valid_values=("debit", "credit")),
            Field(
                "lines",
                "array<struct<pieces:int>>",
                description="What was bought.",
                min_length=1,
                max_length=9,
                items=(Field("pieces", "int", required=True, description="How many.", unit="pieces", minimum=Decimal(1)),),
            ),
        ),
        sla=Sla(latency_seconds=0.5, freshness_seconds=120, lag_records=10000),
        key_field="sale_id",
        rules=(Rule("cheap_debit", "card <> 'debit' OR price <= 50", "Debit up to 50."),),
        event_time_field="sold_at",
        identity=("sale_id",),
        description="Sales by card.",
    )


def test_an_error_says_what_where_which_value_and_how_to_fix_it(tmp_path: Path) -> None:
    (error,) = load(tmp_path, edited(**{f"{FIELDS}[2].logicalTypeOptions": {"minimum": 2, "maximum": 1}})).broken

    assert str(error) == (
        "breaks the rule bounds: no value has minimum 2 and maximum 1; "
        f"where: {tmp_path}/shop/card_sales.odcs.yaml: schema[0].properties[2].logicalTypeOptions.minimum; "
        "value: 2; fix: correct one of them"
    )


def test_two_broken_rules_are_two_errors(tmp_path: Path) -> None:
    contracts = load(tmp_path, edited(version="1", domain="elsewhere"))

    assert [error.rule for error in contracts.broken] == ["version", "system"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("version: [1]]", "line 1, column 13"),
        ("version: 1.0.0\nkind: DataContract\nversion: 1.0.1\n", "line 3, column 1"),
        ("- version", ""),
        ("", ""),
    ],
    ids=["syntax", "key twice", "no mapping", "empty"],
)
def test_yaml_that_cannot_be_read_names_its_place(text: str, where: str, tmp_path: Path) -> None:
    (error,) = load(tmp_path, text).broken

    assert (error.rule, error.path) == ("yaml-syntax", where)


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, "").write_bytes(b"\xff\xfe")

    assert [error.rule for error in load_contracts(tmp_path).broken] == ["yaml-syntax"]


def test_a_broken_file_stops_only_its_own_feed(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    write(tmp_path, "version: [1", "shop/cash_sales.odcs.yaml")
    contracts = load_contracts(tmp_path)

    assert list(contracts.feeds) == ["card_sales"]
    assert contracts.of_system("shop") == (contracts["card_sales"],)
    with pytest.raises(ContractError, match=r"cash_sales.odcs.yaml"):
        contracts["cash_sales"]


def test_two_files_with_one_topic_stop_each_other(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    write(tmp_path, edited(domain="market"), "market/card_sales.odcs.yaml")
    contracts = load_contracts(tmp_path)

    assert not contracts.feeds
    assert [error.rule for error in contracts.broken] == ["one-topic", "one-topic"]


@pytest.mark.parametrize(
    "place", ["shop/card_sales.yaml", "shop/card_sales.odcs.yml", "card_sales.odcs.yaml", "shop/old/card_sales.odcs.yaml"]
)
def test_a_contract_in_the_wrong_place_is_an_error_and_not_overlooked(place: str, tmp_path: Path) -> None:
    write(tmp_path, SOUND, place)

    assert [error.rule for error in load_contracts(tmp_path).broken] == ["file-name"]


@pytest.mark.parametrize("name", ["server-metrics", "order-items"])
def test_a_feed_whose_silver_table_would_be_another_feed_s_is_refused(name: str, tmp_path: Path) -> None:
    feed = name.replace("-", "_")
    write(tmp_path, edited(**{"schema[0].physicalName": name, "schema[0].name": feed}), f"shop/{feed}.odcs.yaml")

    assert [error.rule for error in load_contracts(tmp_path).broken] == ["table-name"]


@pytest.mark.parametrize("system", ["Shop", "my shop", "shop-2", "_shop"])
def test_a_system_whose_name_no_dag_can_have_is_refused(system: str, tmp_path: Path) -> None:
    write(tmp_path, edited(domain=system), f"{system}/card_sales.odcs.yaml")

    assert [error.rule for error in load_contracts(tmp_path).broken] == ["system"]
    assert feeds_by_system(tmp_path) == {}


def test_the_files_alone_say_which_feeds_a_system_has(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    write(tmp_path, "version: [1", "shop/cash_sales.odcs.yaml")
    write(tmp_path, "", "shop/no feed's name.odcs.yaml")

    assert feeds_by_system(tmp_path) == {"shop": ("card_sales", "cash_sales")}


def test_the_folder_of_the_settings_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_CONTRACTS", str(tmp_path))
    write(tmp_path, SOUND)

    assert list(load_contracts().feeds) == ["card_sales"]


def test_an_unknown_feed_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="known: card_sales"):
        load(tmp_path, SOUND)["cards"]


def test_an_unknown_system_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="known: shop"):
        load(tmp_path, SOUND).of_system("shops")


def test_a_system_without_a_sound_contract_has_none(tmp_path: Path) -> None:
    assert load(tmp_path, "version: [1").of_system("shop") == ()


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="there is no folder of contracts"):
        load_contracts(tmp_path / "nowhere")


def test_an_identity_may_be_expressions_over_fields_and_bronze(tmp_path: Path) -> None:
    changes = {
        f"{FIELDS}[0].primaryKey": GONE,
        f"{FIELDS}[0].primaryKeyPosition": GONE,
    }
    properties = [
        {"property": "messageKey", "value": "sale_id"},
        {"property": "eventTime", "value": None},
        {"property": "identity", "value": ["value", "date_trunc('HOUR', event_time)"]},
    ]
    contract = load(tmp_path, edited(**changes | {"schema[0].customProperties": properties}))["card_sales"]

    assert contract.identity == ("value", "date_trunc('HOUR', event_time)")
    assert contract.event_time_field is None


@pytest.mark.parametrize(("identity", "path"), [("sale_id", ""), ([1], ""), (["sales_id"], "[0]"), (["sale_id", ""], "[1]")])
def test_an_identity_of_something_else_is_an_error(identity: object, path: str, tmp_path: Path) -> None:
    properties = [
        {"property": "messageKey", "value": "sale_id"},
        {"property": "eventTime", "value": "sold_at"},
        {"property": "identity", "value": identity},
    ]
    changes = {f"{FIELDS}[0].primaryKey": GONE, f"{FIELDS}[0].primaryKeyPosition": GONE, "schema[0].customProperties": properties}
    (error,) = load(tmp_path, edited(**changes)).broken

    assert (error.rule, error.path) == ("identity", f"schema[0].customProperties[2].value{path}")


def test_an_identity_said_twice_is_an_error(tmp_path: Path) -> None:
    properties = [
        {"property": "messageKey", "value": "sale_id"},
        {"property": "eventTime", "value": "sold_at"},
        {"property": "identity", "value": ["sale_id"]},
    ]
    (error,) = load(tmp_path, edited(**{"schema[0].customProperties": properties})).broken

    assert error.rule == "identity"


def test_two_rules_of_one_name_are_an_error(tmp_path: Path) -> None:
    rule = yaml.safe_load(SOUND)["schema"][0]["quality"][0]
    (error,) = load(tmp_path, edited(**{"schema[0].quality": [rule, rule]})).broken

    assert (error.rule, error.path) == ("rule", "schema[0].quality[1].name")


@pytest.mark.parametrize(("value", "unit"), [(90, "h"), (0, "d"), (1.5, "d"), ("forever", "d")])
def test_bronze_is_kept_for_ever_or_for_whole_days_or_the_contract_is_an_error(tmp_path: Path, value: object, unit: str) -> None:
    (error,) = load(tmp_path, edited(**{"slaProperties[3].value": value, "slaProperties[3].unit": unit})).broken

    assert (error.rule, error.path, error.value) == ("sla", "slaProperties[3].value", f"{value} {unit}")


def test_days_that_bronze_is_kept_for_are_in_the_contract(tmp_path: Path) -> None:
    (contract,) = load(tmp_path, edited(**{"slaProperties[3].value": 90})).feeds.values()

    assert contract.sla.retention_days == 90


def test_a_file_that_says_something_else_is_read_anew_and_one_that_does_not_is_kept(tmp_path: Path) -> None:
    before, again = (load(tmp_path, SOUND)["card_sales"] for _ in range(2))
    changed = load(tmp_path, edited(version="1.1.0"))["card_sales"]

    assert again is before
    assert changed.version == "1.1.0"
    assert load(tmp_path, edited(version="one")).feeds == {}
    assert load(tmp_path, SOUND)["card_sales"] == before
