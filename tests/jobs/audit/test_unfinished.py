"""An audit that does not come to its end leaves to the next one what it has proven, and has time to end."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Timer
from types import SimpleNamespace

import pytest
from pyroaring import BitMap64

from include.errors import TopicError
from include.settings import LakeSettings
from jobs.audit import evidence, files, gaps, run
from jobs.audit.evidence import AT_MOST_SECONDS, IN_ALL_SECONDS, Budget
from jobs.audit.files import FileSummary
from jobs.audit.offsets import Rows
from jobs.audit.partitions import PartitionLedger
from jobs.audit.run import _Found, _keep_as_found
from jobs.audit.verdict import FeedAudit
from tests.jobs.audit.tables import AFTERWARDS, TOPIC_ID

MARKER = BitMap64([5])


def audited() -> _Found:
    """A feed with a marker that Kafka has shown to be one, and a file that was read."""
    proven = {"transaction markers": MARKER}
    ledger = PartitionLedger("clicks", TOPIC_ID, 0, 6, Rows(), proven, BitMap64(), BitMap64(), 1, proven=proven)
    return _Found(FeedAudit("clicks", (ledger,), ()), [FileSummary("bronze.clicks", "a.parquet", "tag", "tag", 1, None, 1, digest=1)], True)


def broken_off(lake: LakeSettings) -> None:
    """An audit of two feeds, of which the second meets with a Kafka that is away, once the first is done."""
    first, second = Future[_Found](), Future[_Found]()
    first.set_result(audited())
    Timer(1.0, second.set_exception, [TopicError("no broker answers")]).start()
    with pytest.raises(TopicError, match="no broker answers"):
        _keep_as_found(lake, [first, second], AFTERWARDS)


def test_what_was_proven_of_a_feed_is_kept_when_the_audit_ends_before_its_time(lake: LakeSettings):
    broken_off(lake)
    (declaration,) = gaps.declared(lake, "clicks")
    assert (declaration.reason, declaration.offsets) == ("transaction markers", {(TOPIC_ID, 0): MARKER})


def test_what_was_read_is_kept_from_time_to_time(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run, "KEPT_EVERY_SECONDS", -1.0)
    broken_off(lake)
    assert [each.path for each in files.known(lake, "clicks")] == ["a.parquet"]


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(evidence, "time", SimpleNamespace(monotonic=lambda: self.now))


def test_whoever_asks_first_takes_its_share_and_leaves_some_to_all(monkeypatch: pytest.MonkeyPatch):
    clock, shares = Clock(monkeypatch), []
    budget = Budget()
    for _ in range(8):
        shares.append(budget.share())
        clock.now += shares[-1]
    assert shares[0] == AT_MOST_SECONDS
    assert all(share > 10 for share in shares)
    assert sum(shares) < IN_ALL_SECONDS


def test_an_audit_asks_no_more_once_its_time_is_up(monkeypatch: pytest.MonkeyPatch):
    clock = Clock(monkeypatch)
    budget = Budget()
    clock.now += IN_ALL_SECONDS - 3
    assert budget.share() == 0
