"""The controller over a store of the test's own. Drivers are leases on it: the launcher here only says which of them live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace

import pytest

from include import objects
from include.errors import StreamError
from include.lease import Holder, LeaseRecord
from include.settings import LakeSettings
from include.streams import controller, state
from include.streams.controller import reconcile
from include.streams.memory import Memory, Sighting
from include.streams.state import Desired, StreamStatus, read_desired, set_desired
from tests.s3 import S3, s3

HERE = Holder("here", 7, "born here")
ELSEWHERE = Holder("elsewhere", 8, "born there")


@dataclass
class Drivers:
    """A launcher: the processes of this host that live, and what was done to them. Those of other hosts it cannot see."""

    lake: LakeSettings
    living: set[Holder] = field(default_factory=set)
    slow: bool = False  # they take their lease later
    started: list[str] = field(default_factory=list)
    killed: list[Holder] = field(default_factory=list)

    def start(self, group: str) -> Holder:
        holder = Holder("here", 100 + len(self.started), group)
        self.started.append(group)
        self.living.add(holder)
        if not self.slow:
            hold(self.lake, group, holder)
        return holder

    def alive(self, holder: Holder) -> bool | None:
        return holder in self.living if holder.host == "here" and holder.birth else None

    def kill(self, holder: Holder) -> bool:
        if not self.alive(holder):
            return False
        self.living.discard(holder)
        self.killed.append(holder)
        return True

    def log_tail(self, group: str, lines: int) -> str:
        return "its last words"


@pytest.fixture(scope="module")
def store() -> Iterator[S3]:
    with s3() as store:
        yield store


@pytest.fixture
def lake(store: S3) -> LakeSettings:
    store.objects.clear()
    return store.lake


@pytest.fixture
def drivers(lake: LakeSettings) -> Drivers:
    return Drivers(lake, {HERE})


def hold(lake: LakeSettings, group: str, holder: Holder, renewals: int = 0, released: bool = False) -> None:
    """The lease, in the holder's hand."""
    record = LeaseRecord(f"{holder.pid} {holder.birth}", holder, epoch=3, renewals=renewals, released=released)
    objects.write(lake, f"leases/stream-{group}.json", asdict(record))


def publish(lake: LakeSettings, group: str, holder: Holder, started_ago: float = 1000, heard_ago: float = 1) -> None:
    """The holder's word of itself."""
    now, owner = time.time(), f"{holder.pid} {holder.birth}"
    state.publish_actual(
        lake, StreamStatus(group, owner, 3, holder.host, holder.pid, "running", now - started_ago, now - heard_ago, "driver")
    )


def ask(lake: LakeSettings, group: str, **wish) -> None:
    objects.write(lake, f"streams/{group}/desired.json", asdict(Desired(**wish)))


def saw(lake: LakeSettings, group: str, holder: Holder, seconds_ago: float, renewals: int = 0) -> None:
    """An earlier minute's note of the lease."""
    at = time.time() - seconds_ago
    Memory(sighting=Sighting(f"{holder.pid} {holder.birth}", renewals, at, at)).write(lake, group)


def remember_starts(lake: LakeSettings, group: str, *seconds_ago: float) -> None:
    replace(Memory.read(lake, group), starts=tuple(time.time() - age for age in seconds_ago)).write(lake, group)


# A driver on another host


def test_driver_of_another_host_that_renews_its_lease_is_left_alone(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 60, renewals=5)
    hold(lake, "all", ELSEWHERE, renewals=20)
    publish(lake, "all", ELSEWHERE)
    assert reconcile(lake, "all", drivers).action == "running"


def test_dead_host_is_noticed_by_the_lease_that_nobody_renews(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 60, renewals=20)
    hold(lake, "all", ELSEWHERE, renewals=20)
    assert reconcile(lake, "all", drivers).action == "started"


def test_driver_that_still_waits_for_the_lease_of_a_dead_host_is_left_to_it(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "WATCH_START_SECONDS", 0)
    saw(lake, "all", ELSEWHERE, 60)
    hold(lake, "all", ELSEWHERE)
    drivers = Drivers(lake, slow=True)
    assert [reconcile(lake, "all", drivers).action for _ in range(2)] == ["starting", "starting"]
    assert drivers.started == ["all"]


def test_lease_of_another_host_is_watched_before_it_counts_as_left(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", ELSEWHERE, renewals=20)
    publish(lake, "all", ELSEWHERE)
    assert [reconcile(lake, "all", drivers).action for _ in range(2)] == ["running", "running"]


def test_lease_that_changed_hands_is_watched_anew(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 60)
    hold(lake, "all", replace(ELSEWHERE, pid=9))
    assert reconcile(lake, "all", drivers).action == "running"


def test_dead_host_of_a_stopped_group_is_no_driver_to_wait_for(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 60)
    hold(lake, "all", ELSEWHERE)
    ask(lake, "all", state="stopped")
    assert reconcile(lake, "all", drivers).action == "stopped"


def test_driver_that_cannot_be_ended_is_not_said_to_be_killed(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 600)
    hold(lake, "all", ELSEWHERE, renewals=1)
    publish(lake, "all", ELSEWHERE, heard_ago=500)
    with pytest.raises(StreamError, match=r"cannot be ended from here.*end the process 8 on the host elsewhere"):
        reconcile(lake, "all", drivers)


def test_lease_and_notes_of_the_earlier_format_are_understood(lake: LakeSettings, drivers: Drivers) -> None:
    holder = {"host": "here", "pid": 7, "process_started": 1773000000.25}
    lease = {"owner": "x", "epoch": 3, "renewals": 20, "released": False, "holder": holder}
    objects.write(lake, "leases/stream-all.json", lease)
    objects.write(lake, "streams/all/controller.json", {"starts": [time.time() - 500], "last": holder})
    assert reconcile(lake, "all", drivers).action == "running"
    at = time.time() - 60
    replace(Memory.read(lake, "all"), sighting=Sighting("x", 20, at, at)).write(lake, "all")
    assert reconcile(lake, "all", drivers).action == "started"


# A driver that hangs


def test_silent_driver_is_killed(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", HERE, 600)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, heard_ago=100)
    assert reconcile(lake, "all", drivers).action == "killed"
    assert drivers.killed == [HERE]


def test_driver_that_was_started_by_hand_may_take_its_time_to_speak(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    assert reconcile(lake, "all", drivers).action == "running"


@pytest.mark.parametrize(("asked_ago", "action"), [(10, "draining"), (200, "killed")])
def test_driver_has_two_minutes_to_stop(lake: LakeSettings, drivers: Drivers, asked_ago: float, action: str) -> None:
    saw(lake, "all", HERE, 1000)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    ask(lake, "all", state="stopped", requested_at=time.time() - asked_ago)
    assert reconcile(lake, "all", drivers).action == action


@pytest.mark.parametrize(("asked_ago", "action"), [(10, "draining"), (200, "killed")])
def test_driver_has_two_minutes_to_make_room_for_a_fresh_one(lake: LakeSettings, drivers: Drivers, asked_ago: float, action: str) -> None:
    saw(lake, "all", HERE, 1000)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=1000)
    ask(lake, "all", restart=1, requested_at=time.time() - asked_ago, restart_requested_at=time.time() - asked_ago)
    assert reconcile(lake, "all", drivers).action == action


def test_driver_that_was_started_after_the_restart_is_the_fresh_one(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", HERE, 150)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=150)
    ask(lake, "all", restart=1, requested_at=time.time() - 200, restart_requested_at=time.time() - 200)
    assert reconcile(lake, "all", drivers).action == "running"


def test_start_that_is_asked_of_a_running_driver_ends_nothing(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", HERE, 1000)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=1000)
    ask(lake, "all", restart=4, requested_at=time.time() - 200, restart_requested_at=time.time() - 5000)
    assert reconcile(lake, "all", drivers).action == "running"


def test_start_leaves_the_time_of_the_last_restart(lake: LakeSettings) -> None:
    restarted = set_desired(lake, "all", "running", restart=True)
    assert set_desired(lake, "all", "running").restart_requested_at == restarted.restart_requested_at


def test_wish_of_a_later_version_is_understood(lake: LakeSettings) -> None:
    objects.write(lake, "streams/all/desired.json", {"state": "stopped", "restart": 2, "requested_at": 5.0, "of_tomorrow": 1})
    assert read_desired(lake, "all") == Desired("stopped", 2, 5.0)


# A driver that keeps dying


def test_group_that_keeps_dying_is_not_started_again(lake: LakeSettings, drivers: Drivers) -> None:
    remember_starts(lake, "all", 50, 40, 30, 20, 10)
    with pytest.raises(StreamError, match=r"died 5 times.*its last words.*action start"):
        reconcile(lake, "all", drivers)


def test_group_that_kept_dying_stays_down_when_its_deaths_are_long_ago(lake: LakeSettings, drivers: Drivers) -> None:
    remember_starts(lake, "all", 50, 40, 30, 20, 10)
    with pytest.raises(StreamError):
        reconcile(lake, "all", drivers)
    remember_starts(lake, "all", 5000, 4000)
    with pytest.raises(StreamError, match="died 5 times"):
        reconcile(lake, "all", drivers)
    assert drivers.started == []


def test_group_that_kept_dying_is_started_when_somebody_asks(lake: LakeSettings, drivers: Drivers) -> None:
    remember_starts(lake, "all", 50, 40, 30, 20, 10)
    with pytest.raises(StreamError):
        reconcile(lake, "all", drivers)
    set_desired(lake, "all", "running")
    assert reconcile(lake, "all", drivers).action == "started"
    drivers.living.clear()
    assert reconcile(lake, "all", drivers).action == "started"


# A driver of another grouping


def test_driver_of_a_former_group_is_asked_to_drain_before_another_starts(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    outcome = reconcile(lake, "commerce", drivers, ("all",))
    assert (outcome.action, drivers.started) == ("waiting", [])
    assert "all: draining (pid 7 on here" in str(outcome)


def test_former_group_runs_again_when_it_is_configured_again(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    reconcile(lake, "commerce", drivers, ("all",))
    hold(lake, "all", HERE, released=True)
    drivers.living.clear()
    assert reconcile(lake, "all", drivers, ("commerce", "crypto")).action == "started"


def test_driver_of_a_former_group_is_asked_once(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    for _ in range(3):
        reconcile(lake, "commerce", drivers, ("all",))
    assert read_desired(lake, "all").restart == 1


def test_driver_of_a_former_group_that_does_not_drain_is_killed(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", HERE, 1000)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=1000)
    ask(lake, "all", restart=1, restart_requested_at=time.time() - 200)
    outcome = reconcile(lake, "commerce", drivers, ("all",))
    assert drivers.killed == [HERE]
    assert "all: killed" in outcome.detail
    assert reconcile(lake, "commerce", drivers, ("all",)).action == "started"


def test_driver_that_runs_beside_one_of_a_former_group_goes_on_and_both_are_shown(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    drivers.start("commerce")
    outcome = reconcile(lake, "commerce", drivers, ("all",))
    assert outcome.action == "running"
    assert "all: draining" in outcome.detail


def test_leases_that_were_given_back_are_nobodys(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "crypto", ELSEWHERE, released=True)
    assert str(reconcile(lake, "all", drivers, ("commerce", "crypto"))) == "all: started (pid 100, epoch 3)"
