"""What `up` has Airflow do once the parts are up: topics, streams, and demo data in bronze. The batch over it: first_days.py."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from include.contracts import Contracts, load_contracts
from include.delta_log import row_count
from include.errors import TopicError
from include.kafka import all_end_offsets
from include.lag import feed_progress
from include.settings import KafkaSettings, LakeSettings
from include.streams.groups import outdated, stream_groups
from include.streams.state import read_actual, read_desired, set_desired
from include.topics import reconcile_topics
from include.words import many
from local import drivers, processes
from local.airflow_api import AirflowApi
from local.dag_runs import DagRuns
from local.errors import PartFailed
from local.launch import last_lines
from local.parts.airflow import COMPONENTS
from local.parts.part import log_file, pid_file
from local.progress import Step
from local.stack import Stack
from local.starting import Starting
from local.unpaused import Unpaused

DAGS = ("topics", "streams")
DAGS_SECONDS = 180.0
RUN_SECONDS = 900.0
STREAM_SECONDS = 240.0
FRESH_SECONDS = 30.0
LEADER_SECONDS = 30.0
_POLL_SECONDS = 0.5


@dataclass
class Work:
    """The same steps on every `up`; each does nothing when its outcome is there already."""

    stack: Stack
    runs: DagRuns
    kafka: KafkaSettings
    lake: LakeSettings
    unpaused: Unpaused
    sent: bool = False  # demo data, by this `up`

    @classmethod
    def of(cls, starting: Starting) -> Work:
        stack, environment = starting.stack, starting.stack.client_environment()

        def still_up() -> None:
            starting.require_going_on()
            require_airflow(stack)

        runs = DagRuns(AirflowApi.from_environment(environment), stack.settings.logs, still_up)
        return cls(
            stack, runs, KafkaSettings.from_environment(environment), LakeSettings.from_environment(environment), Unpaused(stack.settings)
        )

    @cached_property
    def contracts(self) -> Contracts:
        """Read once: validating them takes a second, and waiting asks often."""
        return load_contracts()

    @property
    def daily_dags(self) -> dict[str, str]:
        """System → the DAG of its daily batch, for the systems that have sound contracts."""
        return {system: f"daily_{system}" for system in sorted({contract.system for contract in self.contracts.feeds.values()})}

    def dags(self, step: Step) -> None:
        """Wait until Airflow has read the DAGs."""
        self.runs.wait_for_dags([*DAGS, *self.daily_dags.values()], seconds=DAGS_SECONDS)
        step.note = ", ".join(self.runs.names())

    def topics(self, step: Step) -> None:
        """Have Airflow make the topics, unless all are as their contracts ask."""
        self.unpaused.once(self.runs, "topics")
        report = reconcile_topics(self.contracts.with_topics, self.kafka, apply=False)
        if not report.changes and not report.failures:
            step.skipped, step.note = True, many(len(report.unchanged), "topic")
            return
        self._run(step, "topics", self.runs.trigger("topics"))
        step.note = many(len(self.contracts.with_topics), "topic")

    def streams(self, step: Step) -> None:
        """Have Airflow look after the streams at once, and wait until a driver runs for each group that should."""
        first, lacking = self.unpaused.once(self.runs, "streams"), self._groups_without_driver()
        if not first and not lacking:
            step.skipped, step.note = True, self._drivers()
            return
        for group in lacking:
            # Said anew, it clears the count of drivers that ended with an earlier `up`: those were no crashes.
            set_desired(self.lake, group, "running")
        self._run(step, "streams", self.runs.trigger("streams"))
        deadline = time.monotonic() + STREAM_SECONDS
        while lacking := self._groups_without_driver():
            self.runs.still_up()
            step.note = f"waiting for the driver of {', '.join(lacking)}"
            if time.monotonic() > deadline:
                raise self._stream_failure(lacking)
            time.sleep(_POLL_SECONDS)
        step.note = self._drivers()

    def demo(self, step: Step) -> None:
        """Send demo data, unless Kafka or bronze hold records already."""
        from jobs.produce.run import produce
        from jobs.produce.send import RECORDS

        contracts = self.contracts.feeds
        if self._records_in_kafka() or self.bronze_rows():
            step.skipped = True
            return
        settings, today = self.stack.settings, _today()
        start = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(days=1)
        sent = produce(
            list(contracts),
            rate=None,
            count=settings.demo_records,
            seed=settings.demo_seed,
            start=start,
            end=datetime.now(UTC),
            kafka=self.kafka,
        )
        self.sent = True
        step.note = f"{many(sum(each[RECORDS] for each in sent.values()), 'record')} of {many(len(sent), 'feed')}"

    def bronze(self, step: Step) -> None:
        """Wait until bronze holds the demo data; when this `up` has sent none, until it holds anything of what there is."""
        if not self.sent and self.bronze_rows():
            step.skipped, step.note = True, many(self.bronze_rows(), "row")
            return
        contracts = list(self.contracts.feeds.values())
        targets = {feed: progress.end for feed, progress in feed_progress(self.kafka, self.lake, contracts).items()}
        running = {contract.feed for group in self._wanted_groups() for contract in stream_groups(self.contracts)[group]}
        deadline = time.monotonic() + STREAM_SECONDS
        while True:
            progress = feed_progress(self.kafka, self.lake, contracts)
            behind = {feed: each.behind(targets[feed]) for feed, each in progress.items() if feed in running}
            lacking = sum(sum(gaps.values()) for gaps in behind.values())
            if not lacking:
                break
            self.runs.still_up()
            step.note = f"{many(lacking, 'record')} to go"
            if time.monotonic() > deadline:
                raise self._stream_failure([feed for feed, gaps in behind.items() if gaps])
            time.sleep(_POLL_SECONDS)
        step.note = many(self.bronze_rows(), "row")

    def others(self, step: Step) -> None:
        """Let all further DAGs run on their schedules."""
        for name in self.runs.names():
            self.unpaused.once(self.runs, name)
        step.skipped = True

    def _records_in_kafka(self) -> int:
        """All that was ever sent. A topic that was made a moment ago has no leader yet: asked again for a while."""
        deadline = time.monotonic() + LEADER_SECONDS
        while True:
            try:
                ends = all_end_offsets(self.kafka, [contract.topic.name for contract in self.contracts.feeds.values()])
                return sum(offset for offsets in ends.values() for offset in offsets.values())
            except TopicError:
                if time.monotonic() > deadline:
                    raise
                self.runs.still_up()
                time.sleep(_POLL_SECONDS)

    def bronze_rows(self) -> int:
        return sum(row_count(self.lake, contract.bronze) for contract in self.contracts.feeds.values())

    def _run(self, step: Step, dag: str, run: str) -> None:
        def tell(state: str) -> None:
            step.note = f"{run} {state}"

        self.runs.wait(dag, run, seconds=RUN_SECONDS, tell=tell)

    def _wanted_groups(self) -> list[str]:
        groups = stream_groups(self.contracts, self.stack.client_environment())
        return [group for group in groups if read_desired(self.lake, group).state == "running"]

    def _groups_without_driver(self) -> list[str]:
        return [group for group in self._wanted_groups() if not self._runs(group)]

    def _runs(self, group: str) -> bool:
        status = read_actual(self.lake, group)
        if status is None or status.phase != "running" or time.time() - status.published_at > FRESH_SECONDS:
            return False
        hosted = {feed: each.contract for feed, each in status.feeds.items()}
        if outdated(group, self.contracts, hosted, self.stack.client_environment()):
            return False
        return status.pid in {driver.pid for driver in drivers.find(self.stack.settings)}

    def _drivers(self) -> str:
        found = {group: read_actual(self.lake, group) for group in self._wanted_groups()}
        return ", ".join(f"{group} (pid {status.pid})" for group, status in found.items() if status) or "stopped, as asked for"

    def _stream_failure(self, lacking: list[str]) -> PartFailed:
        logs = sorted(self.stack.settings.logs.glob("stream-*.log"))
        log = logs[-1] if logs else self.stack.settings.logs / "stream-all.log"
        said = [status.last_error for group in self._wanted_groups() if (status := read_actual(self.lake, group)) and status.last_error]
        return PartFailed(
            f"the stream is not there after {STREAM_SECONDS:.0f} s: {', '.join(lacking)}",
            where=f"log: {log}",
            value=said or None,
            fix=f"the log says, at its end:\n{last_lines(log)}",
        )


def require_airflow(stack: Stack) -> None:
    """PartFailed when a process of Airflow that was started has died."""
    for name in COMPONENTS:
        if processes.recorded(pid_file(stack.settings, name)) and not processes.read_pid(pid_file(stack.settings, name)):
            log = log_file(stack.settings, name)
            raise PartFailed(f"{name} has died", where=f"log: {log}", fix=f"the log says, at its end:\n{last_lines(log)}")


def _today() -> date:
    return datetime.now(UTC).date()
