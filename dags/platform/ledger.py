"""
### The ledger: is every record there, once?

bronze's data files and Delta logs, the batch's tables, Kafka → audit → `ops.ledger`, `ops.ledger_days`

Every quarter of an hour, and whenever it is triggered; `headwater ledger` does the same and prints the tables. Per partition, the rows
and the declared gaps must make up all offsets that bronze says it has read; per day, each bronze row must be in one of silver,
superseded, quarantine and dead letters. Only data files that are new are read. It writes to `ops` alone.

**On failure**

- `audit`: the log names what is open, to the offset. `docs/ledger.md` says for each finding what it means and what to do. The incident
  `ledger/<feed>` mails it, and that it is well again; where it cannot, the task does, once, and not each quarter of an hour.
- A feed that could not be audited, as a table of it is damaged, is open with the reason; the others are audited all the same.
- Kafka or the store away, of which an incident tells: see that they are up; the next run makes up for it. Clearing is always safe.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task
from lakehouse.defaults import documented, task_defaults

with DAG(
    "ledger",
    **documented(__doc__),
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={
        **task_defaults(retries=1, retry_delay=timedelta(minutes=3), mail_on_change=True),
        "execution_timeout": timedelta(minutes=14),
    },
    tags=["platform", "ledger"],
):

    @task
    def audit() -> str:
        """Audits every feed; fails with what is open."""
        from lakehouse.ledger import audit_all

        return audit_all()

    audit()
