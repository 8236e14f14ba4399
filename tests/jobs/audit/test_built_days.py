"""Days as the batch itself builds them, in the auditor's eyes."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from include.catalog import side_tables
from include.settings import LakeSettings
from jobs.audit.days import DayLedger
from jobs.audit.files import known
from jobs.audit.run import audit
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY, append, bronze_rows
from tests.jobs.commerce import ORDERS, order

pytestmark = pytest.mark.batch


def day_of(lake: LakeSettings) -> DayLedger:
    ((found,),) = (each.days for each in audit(lake, [ORDERS]).feeds)
    return found


def test_a_day_that_silver_has_built_closes_and_a_row_that_changes_its_table_is_named(spark: SparkSession, lake: LakeSettings):
    states = [order(1, status="placed"), order(1, status="shipped"), order(2), order(3), order(4, total="-1"), b"no json"]
    append(lake, ORDERS, bronze_rows(states))
    build_silver(spark, "commerce", DAY, lake=lake, contracts=[ORDERS])
    found = day_of(lake)
    assert (found.silver, found.superseded, found.quarantine, found.dead_letters) == (3, 1, 1, 1)
    assert (found.state, found.finding) == ("closed", None)
    assert all(each.digest for each in known(lake, ORDERS.feed))

    silver = DeltaTable(lake.table_uri(side_tables(ORDERS.feed)["current"]))
    rows = silver.to_pyarrow_table()
    taken = rows.filter(pc.not_equal(rows["_offset"], 2))
    again = taken.filter(pc.equal(taken["_offset"], 3))
    silver.delete('"_offset" = 2')
    write_deltalake(silver, again, mode="append")
    found = day_of(lake)
    assert (found.silver, found.wrong) == (3, True)
    assert "offset 2 of partition 0 of topic id topic-id in none of them" in str(found.finding)
    assert "offset 3 of partition 0 of topic id topic-id more than once in silver" in str(found.finding)
