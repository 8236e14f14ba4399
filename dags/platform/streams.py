"""
### Stream drivers, kept as they should be

desired state and driver's own state on the lake → this DAG, every minute → start, adopt, restart or drain each stream group

A driver is a process of its own: it outlives the task that started it, and a restart of Airflow. The tasks only compare and
act, each well under a minute. By hand: trigger this DAG with a group and an action; the group stays as it was asked to be.
After a change of HEADWATER_STREAM_GROUPS, drivers of former groups are drained first; after one of a contract, its driver is replaced.

**On failure**

- `reconcile`: the log says why the group is not as it should be, with the driver's last words and its log file. A group that dies
  as often as it is started is left alone after five tries, until it is asked for: mend the cause, then trigger the action `start`.
- A mail comes with the first failure, and one when it is well again; the store away is told by `watch`. Clearing is pointless.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param, task
from lakehouse.defaults import documented, task_defaults

from include.contracts import load_contracts
from include.streams.groups import stream_groups

CONTRACTS = load_contracts()
GROUPS = list(stream_groups(CONTRACTS))
ALL = "all"

with DAG(
    "streams",
    **documented(__doc__),
    schedule=CronTriggerTimetable("* * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    params={
        "group": Param(ALL, enum=list(dict.fromkeys([ALL, *GROUPS])), title="Stream group", description="What the action is for."),
        "action": Param(
            "none",
            enum=["none", "start", "stop", "restart"],
            title="Action",
            description="stop drains the group and keeps it stopped; start lets it run again; restart gives it a fresh driver.",
        ),
    },
    default_args={
        **task_defaults(retries=1, retry_delay=timedelta(seconds=25), mail_on_change=True),
        "execution_timeout": timedelta(seconds=50),
    },
    tags=["platform", "streams"],
):

    @task(map_index_template="{{ task.op_kwargs['group'] }}", priority_weight=100)  # before any batch
    def reconcile(group: str, params=None) -> str:  # type: ignore[no-untyped-def]
        """Carries out what was asked for the group, then compares what should run with what runs."""
        from lakehouse.stream_control import control

        return control(group, params["action"] if params["group"] in (group, ALL) else "none", CONTRACTS)

    reconcile.expand(group=GROUPS)
