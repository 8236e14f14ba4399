"""
### Kafka topics as the contracts ask for

contracts in `include/schemas` → this DAG → topics of the broker

Makes the topics that are missing, adds partitions, applies changed settings, and reports what differs and stays. It never
deletes a topic and never takes anything away from one. A second run changes nothing and says so in its log.

**On failure**

- `reconcile`: the log names each topic with its reason, and the others are done. Kafka away: see that the broker is up.
  Clearing the task is always safe.
- `contracts`: a contract file is broken; the log names file, path and rule. Its feed alone stands still. Mend the file and
  clear the task.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task
from lakehouse.defaults import documented, task_defaults

log = logging.getLogger(__name__)

with DAG(
    "topics",
    **documented(__doc__),
    schedule=CronTriggerTimetable("30 0 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={**task_defaults(), "execution_timeout": timedelta(minutes=5)},
    tags=["platform", "kafka"],
):

    @task
    def reconcile() -> None:
        """Brings the topics of all sound contracts to what these say."""
        from include.contracts import load_contracts
        from include.settings import KafkaSettings
        from include.topics import reconcile_topics

        report = reconcile_topics(load_contracts().with_topics, KafkaSettings.from_environment())
        for line in str(report).splitlines():
            log.info(line)
        report.check()

    @task
    def contracts() -> None:
        """Fails with every broken contract, so that somebody is told; the sound ones are at work meanwhile."""
        from lakehouse.contract_errors import check_contracts

        check_contracts()

    reconcile()
    contracts()
