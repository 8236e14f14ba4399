"""What the containers need once before they work by themselves: the lake's bucket, the topics, the streams, DAGs that run.

As `headwater up` does it on one machine, and like it safe to repeat: a DAG that somebody has paused since stays paused.
"""

from __future__ import annotations

import os
import sys
import time

from include.contracts import load_contracts
from include.errors import HeadwaterError
from include.settings import KafkaSettings, LakeSettings
from include.streams.groups import stream_groups
from include.streams.state import read_actual, read_desired
from include.topics import reconcile_topics
from local import airflow_pool
from local.airflow_api import AirflowApi
from local.dag_runs import DagRuns
from local.errors import PartFailed
from local.new_lake import create_lake
from local.settings import LocalSettings
from local.unpaused import Unpaused

DAGS = ("topics", "streams")
SECONDS = 600.0
FRESH_SECONDS = 30.0
_POLL_SECONDS = 1.0


def say(what: str) -> None:
    print(what, flush=True)


def topics(runs: DagRuns, unpaused: Unpaused, kafka: KafkaSettings) -> None:
    """Have Airflow make the topics, unless all are as their contracts ask."""
    unpaused.once(runs, "topics")
    contracts = load_contracts().with_topics
    report = reconcile_topics(contracts, kafka, apply=False)
    if report.changes or report.failures:
        runs.wait("topics", runs.trigger("topics"), seconds=SECONDS)
    say(f"topics: {len(contracts)}")


def streams(runs: DagRuns, unpaused: Unpaused, lake: LakeSettings) -> None:
    """Have Airflow start the streams, and wait until a driver runs for each group that should. PartFailed when none comes."""
    if unpaused.once(runs, "streams"):
        runs.trigger("streams")
    deadline = time.monotonic() + SECONDS
    while lacking := [group for group in stream_groups(load_contracts()) if not _runs(lake, group)]:
        if time.monotonic() > deadline:
            said = [status.last_error for group in lacking if (status := read_actual(lake, group)) and status.last_error]
            raise PartFailed(
                f"no stream driver after {SECONDS:.0f} s",
                where=", ".join(lacking),
                value=said or None,
                fix="see the DAG `streams`, and the logs of stream-host and airflow-scheduler",
            )
        time.sleep(_POLL_SECONDS)
    say("streams: every group that should has its driver")


def _runs(lake: LakeSettings, group: str) -> bool:
    if read_desired(lake, group).state == "stopped":
        return True
    status = read_actual(lake, group)
    return status is not None and status.phase == "running" and time.time() - status.published_at < FRESH_SECONDS


def main() -> int:
    kafka, lake, settings = KafkaSettings.from_environment(), LakeSettings.from_environment(), LocalSettings.from_environment()
    api = AirflowApi.from_environment(os.environ)
    runs, unpaused = DagRuns(api, settings.logs), Unpaused(settings)
    systems = sorted({contract.system for contract in load_contracts().feeds.values()})
    try:
        say(f"bucket: {'made' if create_lake(lake) else 'there'}")
        runs.wait_for_dags([*DAGS, *(f"daily_{system}" for system in systems)], seconds=SECONDS)
        # Before a DAG runs: a task whose pool there is not waits for ever.
        say(f"pool of days: {'made' if airflow_pool.ensure(api, settings.spark_pool_slots) else 'as it was'}")
        topics(runs, unpaused, kafka)
        streams(runs, unpaused, lake)
        for name in runs.names():
            unpaused.once(runs, name)
        say("all DAGs run on their schedules")
    except HeadwaterError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
