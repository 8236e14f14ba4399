"""Records that were gone before they were read: a durable gap and an incident, before the stream goes on."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from include.contracts import Contract
from include.errors import OffsetsLost, StreamError
from include.gaps import RECREATED, RETENTION, Gap, declare
from include.incidents import Incident, open_incident
from include.settings import LakeSettings
from include.words import many

log = logging.getLogger(__name__)

STREAM = "stream"

Ranges = Mapping[int, tuple[int, int]]  # partition → first and last offset, or two ends


def tell_retention(lake: LakeSettings, contract: Contract, topic_id: str, lost: Ranges) -> str:
    """Offsets that Kafka deleted unread; in words. Idempotent. Raises StoreError."""
    fix = "raise the topic's retention in the contract, or see why the stream was behind; then close the incident"
    return _tell(lake, contract, topic_id, lost, RETENTION, "left Kafka before they were read", fix)


def tell_recreated(lake: LakeSettings, contract: Contract, topic_id: str, lost: Ranges) -> str:
    """Offsets of a topic that was deleted, and made anew, before they were read; in words. Idempotent. Raises StoreError."""
    fix = "have them sent again if they are needed: the topic of that name is another by now; then close the incident"
    return _tell(lake, contract, topic_id, lost, RECREATED, f"went with the former topic (id {topic_id}) unread, at least", fix)


def tell_read_to_its_end(lake: LakeSettings, contract: Contract, topic_id: str, read: Mapping[int, int], seen_at: float) -> None:
    """A topic that was deleted, and made anew, after it was read as far as anybody saw it. Idempotent. Raises StoreError."""
    places = "; ".join(f"partition {number} to {end - 1}" for number, end in sorted(read.items()) if end) or "no record"
    looked = f"{datetime.fromtimestamp(seen_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    what = (
        f"{contract.topic.name} was deleted and made anew. All of the former topic (id {topic_id}) that was seen is in bronze: {places}. "
        f"The last look at it was at {looked}: whether it got more after that is not known"
    )
    fix = "where its producers know of later records, have them sent again; then close the incident"
    open_incident(lake, Incident(f"topic-made-anew/{contract.feed}/{topic_id}", "warning", "topic made anew", contract.bronze, what, fix))
    log.warning("%s", what)


def tell_offsets_lost(lake: LakeSettings, contract: Contract, error: OffsetsLost) -> None:
    """A table whose rows and offsets do not go together. Idempotent. Raises StoreError."""
    what = f"{error.what}: {error.value}"
    open_incident(lake, Incident(offsets_incident(contract), "critical", "offsets lost", error.where, what, error.fix))


def offsets_incident(contract: Contract) -> str:
    return f"offsets-lost/{contract.feed}"


def refuse_truncated(lake: LakeSettings, contract: Contract, topic_id: str, truncated: Ranges, told: Collection[str]) -> None:
    """Raises StreamError where Kafka's log ends before what the table holds, or once did and nobody has said that it is well: then its
    incident is among those that are `told` and open.

    The incident outlasts the sight of it: once as many records were written as had been lost, the log looks whole again, and those
    that got the offsets of the lost ones would never be read.
    """
    incident_id, topic = f"log-truncated/{contract.feed}/{topic_id}", contract.topic.name
    fix = (
        "make the topic anew (delete it, then trigger the DAG `topics`): a new epoch begins; or restore the broker's log. Closing the "
        f"incident {incident_id} without either passes over what was written meanwhile"
    )
    if truncated:
        places = "; ".join(f"partition {number} ends at {end}, the table goes on at {at}" for number, (end, at) in truncated.items())
        what = f"the broker lost acknowledged records: {places}"
        open_incident(lake, Incident(incident_id, "critical", "log truncated", topic, what, fix))
    elif incident_id not in told:
        return
    raise StreamError("Kafka's log ended before what the table holds", where=f"{topic} (id {topic_id})", value=dict(truncated), fix=fix)


def _tell(lake: LakeSettings, contract: Contract, topic_id: str, lost: Ranges, reason: str, what: str, fix: str) -> str:
    """The incident first: a crash between the two is made good by the next start, which finds the gap undeclared."""
    topic = contract.topic.name
    places = "; ".join(f"partition {number}: {first} to {last}" for number, (first, last) in sorted(lost.items()))
    records = sum(last - first + 1 for first, last in lost.values())
    told = f"{many(records, 'offset')} of {topic} {what}: {places}"
    firsts = ",".join(f"{number}@{first}" for number, (first, _) in sorted(lost.items()))
    incident_id = f"{reason.replace(' ', '-')}/{contract.feed}/{topic_id}/{firsts}"
    open_incident(lake, Incident(incident_id, "critical", reason, contract.bronze, told, fix))
    declare(lake, [Gap(contract.feed, topic_id, number, first, last, reason, STREAM) for number, (first, last) in lost.items()])
    log.error("%s", told)
    return told
