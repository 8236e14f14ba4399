"""What the task of the DAG `watch` does: a look, and what becomes of the incidents by it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from airflow.sdk.exceptions import AirflowTaskTimeout

from include.contracts import Contracts
from include.errors import StoreError
from include.incidents import change_incidents
from include.objects import expect_answer
from include.settings import KafkaSettings, LakeSettings
from include.streams.groups import stream_groups
from include.watch import lag_samples
from include.watch.follow import follow
from include.watch.look import look
from include.words import many
from lakehouse.incident_mail import mail_incidents
from lakehouse.store_outage import store_is_away, store_is_back

log = logging.getLogger(__name__)


def watch(contracts: Contracts) -> dict[str, int]:
    """Notes the lag in ops.lag, changes ops.incidents, mails. How many partitions, signals and mails.

    Raises StoreError where the store does not let us: there is nowhere to note anything. That it gives no answer is mailed here
    (lakehouse/store_outage.py); of anything else the task's failure is the news.
    """
    lake = LakeSettings.from_environment()
    try:
        expect_answer(lake)
        told = _watch(lake, contracts)
    except (StoreError, AirflowTaskTimeout) as error:
        if silent := _silence(error, lake):
            store_is_away(silent, datetime.now(UTC))
        raise
    store_is_back(datetime.now(UTC))
    return told


def _silence(error: StoreError | AirflowTaskTimeout, lake: LakeSettings) -> StoreError | None:
    """What says that the store gives no answer; None where it does. A look that took too long may have waited for it, or for others."""
    if isinstance(error, StoreError):
        return error if error.no_answer else None
    try:
        expect_answer(lake)
    except StoreError as silent:
        return silent
    return None


def _watch(lake: LakeSettings, contracts: Contracts) -> dict[str, int]:
    seen = look(KafkaSettings.from_environment(), lake, contracts)
    for signal in seen.signals:
        log.warning("%s: %s, %s: %s", signal.incident_id, signal.cause, signal.where, signal.what)
    lag_samples.put(lake, seen.samples)
    change_incidents(lake, lambda known: follow(known, seen.signals, datetime.now(UTC), seen.unknown))
    mails = mail_incidents(lake, stream_groups(contracts))
    lag_samples.tidy(lake, datetime.now(UTC).date())
    unread = many(sum(sample.lag_records for sample in seen.samples), "record")
    log.info("%s, %s unread; mailed: %s", many(len(seen.samples), "partition"), unread, ", ".join(mails) or "nothing")
    return {"partitions": len(seen.samples), "signals": len(seen.signals), "mails": len(mails)}
