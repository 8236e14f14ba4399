"""What the task of the DAG `watch` does: a look, and what becomes of the incidents by it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from include.contracts import Contracts
from include.incidents import change_incidents
from include.settings import KafkaSettings, LakeSettings
from include.watch import lag_samples
from include.watch.follow import follow
from include.watch.look import look
from lakehouse.incident_mail import mail_incidents

log = logging.getLogger(__name__)


def watch(contracts: Contracts) -> dict[str, int]:
    """Notes the lag in ops.lag, changes ops.incidents, mails. How many partitions, signals and mails.

    Raises StoreError where the store does not let us: there is nowhere to note anything, and the task's failure is the news.
    """
    lake = LakeSettings.from_environment()
    signals, samples = look(KafkaSettings.from_environment(), lake, contracts)
    for signal in signals:
        log.warning("%s: %s, %s: %s", signal.incident_id, signal.cause, signal.where, signal.what)
    lag_samples.put(lake, samples)
    change_incidents(lake, lambda known: follow(known, signals, datetime.now(UTC)))
    mails = mail_incidents(lake)
    unread = sum(sample.lag_records for sample in samples)
    log.info("%d partitions, %d records unread; mailed: %s", len(samples), unread, ", ".join(mails) or "nothing")
    return {"partitions": len(samples), "signals": len(signals), "mails": len(mails)}
