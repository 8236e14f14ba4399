"""
### Watching: what is not as it should be, and who hears of it

Kafka, the lake, the streams' own words, the disk → a look, every minute → `ops.lag`, `ops.incidents`, mails

Lag is judged by its movement, partition by partition. What persists for two looks becomes an incident, what is gone for two closes it,
and what another incident explains opens none: Kafka away is one incident, not one for each feed. A mail comes when an incident opens,
gets worse or closes, and every six hours while it is open. `headwater incidents` lists those that are open; docs/runbook.md says
what to do.

**On failure**

- `look`: the store does not answer, which it mails once, and once when it does; or the mail server does not, and what was to be mailed
  is mailed when it does. The log says which. Of any other failure the first is mailed, and its end. Clearing is pointless.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task
from lakehouse.defaults import documented, task_defaults

from include.contracts import load_contracts

CONTRACTS = load_contracts()

with DAG(
    "watch",
    **documented(__doc__),
    schedule=CronTriggerTimetable("* * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={
        **task_defaults(retries=1, retry_delay=timedelta(seconds=5), mail_on_change=True),
        "execution_timeout": timedelta(seconds=50),
    },
    tags=["platform", "watch"],
):

    @task(task_id="look", priority_weight=100)  # before any batch
    def look() -> dict[str, int]:
        """Notes the lag, opens and closes incidents, and mails what is new of them."""
        from lakehouse.watching import watch

        return watch(CONTRACTS)

    look()
