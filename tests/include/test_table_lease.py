from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from uuid import uuid4

import pytest

from include import lease, objects
from include.errors import LeaseHeld, SettingsError
from include.lease import Holder, LeaseRecord, acquire
from include.settings import LakeSettings
from include.table_lease import TableLeaseSettings, table_lease
from tests.s3 import S3, s3

ADDRESS = "gold.city_daily"
NAME = f"table-{ADDRESS}"
ELSEWHERE = LeaseRecord("another", Holder("elsewhere", 8, "born there"), epoch=3, renewals=5)


@pytest.fixture(scope="module")
def store() -> Iterator[S3]:
    with s3() as store:
        yield store


@pytest.fixture
def lake(store: S3) -> LakeSettings:
    return replace(store.lake, uri=f"s3://lake/{uuid4().hex}")


def test_uncontended_lease_costs_three_requests_and_is_given_back(store: S3, lake: LakeSettings) -> None:
    for _ in range(2):  # the first makes the object
        store.asked.clear()
        with table_lease(lake, ADDRESS) as mine:
            assert mine.held()
        path = f"/lake/{lake.prefix}_headwater/leases/{NAME}.json"
        assert store.asked == {("GET", path): 1, ("PUT", path): 2}
    record = lease.read(lake, NAME)
    assert record is not None
    assert (record.epoch, record.released) == (2, True)


def test_lease_is_given_back_after_an_error_too(lake: LakeSettings) -> None:
    def fail() -> None:
        with table_lease(lake, ADDRESS):
            raise ValueError("a build that fails")

    with pytest.raises(ValueError, match="a build that fails"):
        fail()
    record = lease.read(lake, NAME)
    assert record is not None
    assert record.released


def test_lease_of_a_write_that_was_given_up_is_not_given_back(lake: LakeSettings) -> None:
    def give_up() -> None:
        with table_lease(lake, ADDRESS):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()
    record = lease.read(lake, NAME)
    assert record is not None
    assert not record.released


def test_store_that_does_not_take_the_lease_back_fails_no_write_that_was_done(
    store: S3, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with table_lease(lake, ADDRESS):
        monkeypatch.setattr(store, "refuses_puts", True)
    assert f"the lease of {ADDRESS} could not be given back, and ends by itself" in caplog.text


def test_store_that_does_not_take_the_lease_back_hides_no_error(store: S3, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        with table_lease(lake, ADDRESS):
            monkeypatch.setattr(store, "refuses_puts", True)
            raise ValueError("a build that fails")

    with pytest.raises(ValueError, match="a build that fails"):
        fail()


def test_tables_do_not_wait_for_each_other(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_TABLE_WAIT_SECONDS", "0")
    other = acquire(lake, "table-gold.zone_daily")
    with table_lease(lake, ADDRESS) as mine:
        assert [mine.held(), other.held()] == [True, True]


@pytest.mark.parametrize("second", [ADDRESS, "gold.zone_daily"])
def test_thread_that_writes_a_table_gets_no_second_lease_and_keeps_the_first(lake: LakeSettings, second: str) -> None:
    with table_lease(lake, ADDRESS) as mine:
        with pytest.raises(LeaseHeld, match=rf"{second}.*{ADDRESS}.*one table after the other"), table_lease(lake, second):
            pass
        assert mine.held()
    with table_lease(lake, second):
        pass


def test_write_waits_until_the_other_gives_the_lease_back_and_says_for_whom(lake: LakeSettings, caplog: pytest.LogCaptureFixture) -> None:
    other = acquire(lake, NAME)
    other.keep(every=0.2)
    giver = threading.Timer(1.0, other.release)
    giver.start()
    with caplog.at_level(logging.WARNING), table_lease(lake, ADDRESS) as mine:
        giver.join()
        assert mine.epoch == other.epoch + 1
    here = Holder.this_process()
    assert f"{NAME} is held by {here.host} pid {here.pid}, for about" in caplog.text


def test_write_that_waits_in_vain_fails_with_who_writes_and_since_when(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_TABLE_WAIT_SECONDS", "0.5")
    objects.write(lake, f"leases/{NAME}.json", asdict(ELSEWHERE))
    stopped = threading.Event()

    def renew() -> None:
        renewals = ELSEWHERE.renewals
        while not stopped.wait(0.3):
            renewals += 1
            objects.write(lake, f"leases/{NAME}.json", asdict(replace(ELSEWHERE, renewals=renewals)))

    with ThreadPoolExecutor(1) as threads:
        renewing = threads.submit(renew)
        try:
            with (
                pytest.raises(LeaseHeld, match=r"elsewhere pid 8, for about \d+ s.*HEADWATER_TABLE_WAIT_SECONDS"),
                table_lease(lake, ADDRESS),
            ):
                pass
        finally:
            stopped.set()
    renewing.result()


def test_several_writers_never_write_at_once_and_each_comes_to_its_turn(lake: LakeSettings) -> None:
    """What they write is a number that each reads, and puts back one larger a moment later: two at once would lose one."""
    kept = {"number": 0}

    def write_again_and_again(times: int) -> None:
        for _ in range(times):
            with table_lease(lake, ADDRESS):
                seen = kept["number"]
                time.sleep(0.02)
                kept["number"] = seen + 1

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(write_again_and_again, [8, 8, 8]))
    assert kept["number"] == 24


@pytest.mark.parametrize("text", ["-1", "for ever", "86401"])
def test_time_to_wait_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="HEADWATER_TABLE_WAIT_SECONDS"):
        TableLeaseSettings.from_environment({"HEADWATER_TABLE_WAIT_SECONDS": text})
