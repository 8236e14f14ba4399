"""ops.drift of a day, and the past of a field that the contract gets later."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from include.contract_files import contracts_folder
from include.contracts import load_contracts
from include.contracts.proposal import proposal
from include.delta_log import version
from include.drift import DRIFT, seen_of
from include.settings import LakeSettings
from jobs.silver import drift
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_row
from tests.jobs.commerce import METRICS, ORDERS, item, order, sample
from tests.proposals import apply_diff

pytestmark = pytest.mark.batch


def build(spark: SparkSession, lake: LakeSettings, *contracts: object) -> None:
    build_silver(spark, "commerce", DAY, lake=lake, contracts=contracts)  # type: ignore[arg-type]


def test_unknown_fields_and_changed_types_are_lines_of_the_day(spark: SparkSession, lake: LakeSettings) -> None:
    later = NOON + timedelta(seconds=9)
    records = [
        bronze_row(order(1, coupon="X"), 0),
        bronze_row(order(2, items=[item(colour="red")], coupon="Y"), 1, ingested_at=later),
        bronze_row(order(3, total="n/a"), 2),
        bronze_row(order(4), 3),
        bronze_row(b"not json", 4),
    ]
    append(lake, ORDERS, records)
    build(spark, lake, ORDERS)
    columns = ["field", "type_seen", "expected_type", "first_topic_id", "first_partition", "first_offset", "count", "sample"]
    assert [tuple(line.values()) for line in DRIFT.read(lake).select(columns).to_pylist()] == [
        ("coupon", "string", None, "topic-id", 0, 0, 2, '"X"'),
        ("items[].colour", "string", None, "topic-id", 0, 1, 1, '"red"'),
        ("total", "string", "decimal(18,4)", "topic-id", 0, 2, 1, '"n/a"'),
    ]
    coupon = DRIFT.read(lake).to_pylist()[0]
    assert (coupon["first_seen"], coupon["last_seen"]) == (NOON, later)
    before = version(lake, DRIFT.address)
    build(spark, lake, ORDERS)
    assert version(lake, DRIFT.address) == before


def test_a_source_that_makes_up_field_names_fills_no_table(
    spark: SparkSession, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(drift, "MOST_SHAPES", 3)
    monkeypatch.setattr(drift, "MOST_LINES", 2)
    append(lake, METRICS, [bronze_row(sample(**{f"made_up_{place}": 1}), place) for place in range(6)])
    found = build_silver(spark, "commerce", DAY, lake=lake, contracts=[METRICS])
    assert (found["metrics"]["silver_rows"], DRIFT.read(lake).num_rows) == (6, 2)
    assert "3 shapes or more" in caplog.text


def test_field_that_the_proposal_adds_is_filled_from_bronze_for_the_past_and_is_no_drift_then(
    spark: SparkSession, lake: LakeSettings, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(contracts_folder(), tmp_path / "contracts"))
    append(lake, METRICS, [bronze_row(sample(disk_pct=7.5), 0), bronze_row(sample(), 1)])
    build(spark, lake, METRICS)
    apply_diff(folder, proposal(load_contracts(folder)["metrics"].path, seen_of(DRIFT.read(lake, "metrics"))))
    later = load_contracts(folder)["metrics"]
    build(spark, lake, later)
    rows = DeltaTable(lake.table_uri("silver.server_metrics")).to_pyarrow_table(columns=["_offset", "disk_pct"]).to_pylist()
    assert sorted(rows, key=lambda row: row["_offset"]) == [{"_offset": 0, "disk_pct": 7.5}, {"_offset": 1, "disk_pct": None}]
    assert (later.version, DRIFT.read(lake).num_rows) == ("1.1.0", 0)


def with_parcels(folder: Path) -> Path:
    """The contracts, and one of a further feed that has the orders' fields."""
    orders = (folder / "commerce/commandes_json.odcs.yaml").read_text()
    (folder / "commerce/parcels.odcs.yaml").write_text(orders.replace("commandes_json", "parcels").replace("commandes-json", "parcels"))
    return folder


@pytest.mark.parametrize(("feed", "filled"), [("commandes_json", "silver.order_items"), ("parcels", "silver.parcels")])
def test_field_of_elements_that_the_proposal_adds_is_filled_from_bronze_for_the_past(
    spark: SparkSession, lake: LakeSettings, tmp_path: Path, feed: str, filled: str
) -> None:
    folder = with_parcels(Path(shutil.copytree(contracts_folder(), tmp_path / "contracts")))
    before = load_contracts(folder)[feed]
    append(lake, before, [bronze_row(order(1, [item("P1", colour="red"), item("P2")]), 0)])
    build(spark, lake, before)
    apply_diff(folder, proposal(before.path, seen_of(DRIFT.read(lake, feed))))
    build(spark, lake, load_contracts(folder)[feed])
    rows = DeltaTable(lake.table_uri(filled)).to_pyarrow_table().to_pylist()
    of_lines = [line for row in rows for line in row.get("items", [row])]
    assert {line["product_id"]: line["colour"] for line in of_lines} == {"P1": "red", "P2": None}
