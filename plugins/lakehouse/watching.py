"""One look at everything, and what becomes of the incidents by it: what the task of the DAG `watch` does."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from include.contracts import Contracts
from include.errors import TopicError
from include.incidents import change_incidents
from include.settings import KafkaSettings, LakeSettings
from include.streams.groups import stream_groups
from include.streams.state import read_actual, read_desired
from include.watch import lag_samples
from include.watch.follow import follow
from include.watch.lag_samples import WINDOW, LagSample
from include.watch.signals import Signal, is_alive, of_kafka, of_lag, of_stream
from lakehouse.incident_mail import mail_incidents

log = logging.getLogger(__name__)


def watch(contracts: Contracts) -> dict[str, int]:
    """Looks at Kafka, streams and lag; notes the lag in ops.lag, changes ops.incidents, mails. How many samples, signals and mails.

    Raises StoreError where the store does not let us: there is nowhere to note anything, and the task's failure is the news.
    """
    lake, kafka = LakeSettings.from_environment(), KafkaSettings.from_environment()
    signals, samples = look(kafka, lake, contracts)
    for signal in signals:
        log.warning("%s: %s, %s: %s", signal.incident_id, signal.cause, signal.where, signal.what)
    lag_samples.put(lake, samples)
    change_incidents(lake, lambda known: follow(known, signals, datetime.now(UTC)))
    mails = mail_incidents(lake)
    unread = sum(sample.lag_records for sample in samples)
    log.info("%d partitions, %d records unread; mailed: %s", len(samples), unread, ", ".join(mails) or "nothing")
    return {"partitions": len(samples), "signals": len(signals), "mails": len(mails)}


def look(kafka: KafkaSettings, lake: LakeSettings, contracts: Contracts) -> tuple[list[Signal], Sequence[LagSample]]:
    """What is not as it should be, and the lag of every partition; no lag while Kafka does not answer."""
    groups, now = stream_groups(contracts), time.time()
    states = {group: (read_desired(lake, group), read_actual(lake, group)) for group in groups}
    signals = [signal for group, (desired, status) in states.items() for signal in of_stream(group, desired, status, now)]
    alive = {contract.feed for group, of_group in groups.items() if is_alive(states[group][1], now) for contract in of_group}
    try:
        window = lag_samples.since(lake, datetime.now(UTC) - WINDOW)
        samples = lag_samples.look(kafka, lake, list(contracts.feeds.values()), window, alive)
    except TopicError as error:
        return [of_kafka(error), *signals], []
    # A group that somebody has stopped has no lag that would be news.
    wanted = [group for group, (desired, _) in states.items() if desired.state == "running"]
    return [*signals, *(signal for group in wanted for signal in of_lag(group, groups[group], samples))], samples
