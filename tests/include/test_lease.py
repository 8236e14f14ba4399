from __future__ import annotations

import ast
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from include import lease, objects
from include.errors import LeaseHeld
from include.lease import Holder, LeaseRecord, acquire
from include.settings import LakeSettings
from tests.s3 import S3, s3

ROOT = Path(__file__).parents[2]
HERE = Holder.this_process()
ELSEWHERE = replace(HERE, host="elsewhere")
TERM = 1.0


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3() as server:
        yield server


@pytest.fixture
def store(server: S3) -> LakeSettings:
    return server.lake


def held(store: LakeSettings, holder: Holder) -> None:
    objects.write(store, "leases/ours.json", asdict(LeaseRecord("another", holder, epoch=4)))


def test_process_of_this_host_is_seen_to_live() -> None:
    assert HERE.is_alive() is True


def test_process_that_has_ended_is_seen_to_be_dead() -> None:
    child = subprocess.Popen(["true"])
    holder = Holder.of(child.pid)
    child.wait()
    assert holder.is_alive() is False


def test_another_process_with_the_same_pid_is_not_the_holder() -> None:
    assert replace(HERE, birth=f"{HERE.birth}0").is_alive() is False


def test_process_of_another_host_cannot_be_seen() -> None:
    assert ELSEWHERE.is_alive() is None


def test_lease_of_a_dead_process_is_taken_at_once(store: LakeSettings) -> None:
    held(store, replace(HERE, birth="of somebody before"))
    assert acquire(store, "ours", term=600).epoch == 5


def test_lease_that_another_host_does_not_renew_is_taken_after_its_term(store: LakeSettings) -> None:
    held(store, ELSEWHERE)
    assert acquire(store, "ours", TERM).epoch == 5


def test_lease_of_the_earlier_format_is_watched_like_one_of_another_host(store: LakeSettings) -> None:
    value = asdict(LeaseRecord("another", HERE, epoch=4))
    value["holder"] = {"host": HERE.host, "pid": HERE.pid, "process_started": 1773000000.25}
    objects.write(store, "leases/ours.json", value)
    record = lease.read(store, "ours")
    assert record is not None
    assert record.holder.is_alive() is None
    assert acquire(store, "ours", TERM).epoch == 5


def test_lease_that_is_renewed_is_left_to_its_holder(store: LakeSettings) -> None:
    objects.write(store, "leases/kept.json", asdict(LeaseRecord("another", replace(HERE, birth="of somebody before"), epoch=1)))
    mine = acquire(store, "kept")
    mine.keep(every=0.1)
    with pytest.raises(LeaseHeld, match="another process writes here"):
        acquire(store, "kept", TERM)
    mine.release()


def test_lease_is_not_held_for_longer_than_its_term(store: LakeSettings) -> None:
    mine = acquire(store, "short", TERM)
    assert [mine.held(), mine.held(margin=TERM)] == [True, False]


def test_lease_that_was_taken_with_a_late_answer_is_held_from_when_it_was_asked_for(server: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "answers_puts_after", TERM)
    assert not acquire(server.lake, "late", TERM).held()


def test_lease_that_its_holder_left_is_another_s_after_its_term_alone(store: LakeSettings) -> None:
    mine = acquire(store, "left", TERM)
    mine.leave()
    mine.release()
    assert not mine.held()
    began = time.monotonic()
    assert acquire(store, "left", TERM).epoch == 2
    assert time.monotonic() - began >= TERM


def test_released_lease_is_taken_at_once(store: LakeSettings) -> None:
    acquire(store, "passed on").release()
    assert acquire(store, "passed on", term=600).epoch == 2


@pytest.mark.parametrize(
    "module", ["include/lease.py", "include/table_lease.py", "jobs/common/commits.py", "jobs/stream/handle.py", "jobs/stream/ownership.py"]
)
def test_no_wall_clock_has_a_say_in_who_writes_and_from_where(module: str) -> None:
    """Who holds a lease, whose commit is refused, and where a start reads on: a clock that is a minute off, or set back, changes none."""
    tree = ast.parse((ROOT / module).read_text())
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    wall = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today", "time.localtime", "time.gmtime"}
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "time" for alias in node.names}
    assert (used & wall, imported) == (set(), set())


def test_lease_object_holds_no_time_to_compare_a_clock_with(store: LakeSettings) -> None:
    held(store, ELSEWHERE)
    stored = objects.read(store, "leases/ours.json")
    assert stored is not None
    assert set(stored.value) == {"owner", "holder", "epoch", "renewals", "released"}
