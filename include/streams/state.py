"""What a stream group should do and what it does, as small objects on the lake that anybody may read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar

from include import objects
from include.settings import LakeSettings
from include.streams.durations import Durations

Desire = Literal["running", "stopped"]
Said = TypeVar("Said")


@dataclass(frozen=True)
class Desired:
    """What an operator asked for. A driver that was started before `restart` was raised drains and ends."""

    state: Desire = "running"
    restart: int = 0
    requested_at: float = 0.0  # seconds since the epoch
    restart_requested_at: float = 0.0  # when `restart` was last raised; what was asked for later leaves it alone


@dataclass(frozen=True)
class FeedStatus:
    """One feed as its driver sees it. Offsets are per partition; the next one to read and the one after the last."""

    next_offsets: Mapping[str, int] = field(default_factory=dict)
    topic_id: str = ""  # of the topic that had the end offsets
    end_offsets: Mapping[str, int] = field(default_factory=dict)
    contract: str = ""  # the version that the driver goes by
    rows: int = 0  # committed since the driver started
    commits: int = 0
    failures: int = 0  # after each of which it was parked
    rows_per_second: float = 0.0
    commit_seconds: float = 0.0  # of the last commit
    commit_durations: Durations = field(default_factory=Durations)
    committed_at: float | None = None
    parked_until: float | None = None
    last_error: str | None = None

    @property
    def lag(self) -> int | None:
        """Records that were unread when Kafka was last asked, which may be before the last commit; None where no driver
        has opened the feed, as then nobody knows where its table ends."""
        if not self.next_offsets:
            return None
        return sum(max(0, end - self.next_offsets.get(number, 0)) for number, end in self.end_offsets.items())


@dataclass(frozen=True)
class LiveStatus:
    """One live table as its driver sees it."""

    rows: int = 0  # written since the driver started; a window that grows is written again
    commits: int = 0
    failures: int = 0
    commit_seconds: float = 0.0  # of the last commit
    committed_at: float | None = None
    last_error: str | None = None  # while it is parked, or goes on without a feed


@dataclass(frozen=True)
class StreamStatus:
    """A driver's own word, published every few seconds."""

    group: str
    owner: str
    epoch: int
    host: str
    pid: int
    phase: Literal["starting", "running", "draining", "stopped", "failed"]
    started_at: float
    published_at: float
    writer: str
    batch_seconds: float = 0.0  # of the last micro-batch
    batch_durations: Durations = field(default_factory=Durations)
    records: int = 0  # read since the driver started, those that a new query reads again among them
    restarts: int = 0  # of the query inside the driver
    lineage_failures: int = 0  # events of OpenLineage's that were not sent
    last_error: str | None = None
    once: bool = False  # it drains what was there at its start, and ends
    restart: int | None = None  # what `Desired` said when it started; None of a driver that does not tell
    request: float | None = None  # and its `requested_at`
    feeds: Mapping[str, FeedStatus] = field(default_factory=dict)
    live: Mapping[str, LiveStatus] = field(default_factory=dict)


def read_desired(lake: LakeSettings, group: str) -> Desired:
    """What was asked for; a group that nobody spoke of should run."""
    stored = objects.read(lake, f"streams/{group}/desired.json")
    return Desired() if stored is None else _known(Desired, stored.value)


def set_desired(lake: LakeSettings, group: str, state: Desire, restart: bool = False) -> Desired:
    """Asks for a state; with `restart`, for a fresh driver too."""
    before, now = read_desired(lake, group), time.time()
    after = Desired(state, before.restart + int(restart), now, now if restart else before.restart_requested_at)
    objects.write(lake, f"streams/{group}/desired.json", asdict(after))
    return after


def restart_is_due(desired: Desired, status: StreamStatus) -> bool:
    """Whether a restart was asked for after the driver had started. It says which ones it knows of, whatever its clock is; of a driver
    of an earlier version, which does not, two clocks are compared."""
    if status.restart is not None:
        return desired.restart > status.restart
    return desired.restart_requested_at > status.started_at


def knew(desired: Desired, status: StreamStatus) -> bool:
    """Whether what is asked for was so before the driver started."""
    return desired.requested_at < status.started_at if status.request is None else desired.requested_at == status.request


def publish_actual(lake: LakeSettings, status: StreamStatus) -> None:
    objects.write(lake, f"streams/{status.group}/actual.json", asdict(status))


def read_actual(lake: LakeSettings, group: str) -> StreamStatus | None:
    """What the group's driver last said of itself; None when there never was one."""
    stored = objects.read(lake, f"streams/{group}/actual.json")
    if stored is None:
        return None
    value: dict[str, Any] = dict(stored.value)
    feeds = {name: _with_durations(FeedStatus, feed, "commit_durations") for name, feed in value.pop("feeds").items()}
    live = {name: _known(LiveStatus, table) for name, table in value.pop("live", {}).items()}
    return _with_durations(StreamStatus, value | {"feeds": feeds, "live": live}, "batch_durations")


def _with_durations(kind: type[Said], value: Mapping[str, Any], name: str) -> Said:
    return _known(kind, dict(value) | {name: _known(Durations, value.get(name, {}))})


def _known(kind: type[Said], value: Mapping[str, Any]) -> Said:
    """What this version knows of it: a process that runs meets what a later version writes."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: each for name, each in value.items() if name in known})
