"""The one line that an audit comes to."""

from __future__ import annotations

from jobs.audit.run import audit
from jobs.audit.verdict import Audit
from tests.jobs.audit.tables import AFTERWARDS, CLICKS, Bronze, fill_sides


def audited(bronze: Bronze) -> Audit:
    return audit(bronze.lake, [CLICKS], now=AFTERWARDS)


def test_closed_is_said_of_offsets_and_days_that_wait_for_a_build_are_told_beside_it(bronze: Bronze):
    bronze.commit(range(10))
    assert audited(bronze).verdict == (
        "closed: 10 rows in 1 partition of 1 feed, every offset accounted for, none twice; "
        "days: 1 open: a build has yet to take rows of these (`headwater ledger --days`)"
    )


def test_days_that_add_up_wait_for_nothing(bronze: Bronze):
    bronze.commit(range(1))
    fill_sides(bronze.lake, {"current": 1})
    assert audited(bronze).verdict == "closed: 1 row in 1 partition of 1 feed, every offset accounted for, none twice; days: 1 closed"


def test_what_is_open_begins_with_its_first_finding(bronze: Bronze):
    bronze.commit([0, 2])
    assert audited(bronze).verdict.startswith("OPEN: 1 finding in 1 of 1 feed; clicks")
