"""/feeds: what each brings, what its contract says, and what of it is bad or not foreseen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter

from include.bad_rows import bad_reasons
from include.catalog import side_tables
from include.contracts import Contract, load_contracts
from include.drift import DRIFT
from include.open_tables import open_tables
from include.settings import LakeSettings
from include.table_pages import Span, page
from lakehouse.web.answers import Drift, Feed, FeedInDetail, Feeds, Reason, Reasons
from lakehouse.web.api.parameters import NOT_THERE, Within, of_the_last
from lakehouse.web.plain import plain

router = APIRouter(prefix="/feeds", tags=["feeds"])
_LATELY = timedelta(days=30)
_INSTANT = timedelta(microseconds=1)


@router.get("")
def list_feeds() -> Feeds:
    """All feeds, by system, and the contracts that cannot be read."""
    contracts = load_contracts()
    listed = sorted(contracts.feeds.values(), key=lambda contract: (contract.system, contract.feed))
    return Feeds(items=[Feed(**_feed(contract)) for contract in listed], broken=[str(error) for error in contracts.broken])


@router.get("/{feed}", responses=NOT_THERE)
def show_feed(feed: str) -> FeedInDetail:
    """A feed's contract."""
    contract = load_contracts()[feed]
    details = {name: plain([asdict(each) for each in getattr(contract, name)]) for name in ("fields", "rules", "alerts")}
    more = {"key": contract.key_field, "identity": list(contract.identity), "event_time": contract.event_time_field or "the Kafka record's"}
    return FeedInDetail(**_feed(contract), **details, **more, topic_settings=dict(contract.topic.config), sides=side_tables(feed))


@router.get("/{feed}/bad", responses=NOT_THERE)
def show_reasons(feed: str, span: Within) -> Reasons:
    """Why rows of a feed are in quarantine or are dead letters, and how many for each reason, by day; of 30 days where the span has no
    beginning. A row counts for each of its reasons."""
    contract = load_contracts()[feed]
    asked = of_the_last(_LATELY, span, datetime.now(UTC))
    last = asked.last - _INSTANT if asked.last > asked.first else asked.first
    found = bad_reasons(LakeSettings.from_environment(), contract.feed, asked.first.date(), last.date())
    return Reasons(items=[Reason(**asdict(each)) for each in found])


@router.get("/{feed}/drift", responses=NOT_THERE)
def show_drift(feed: str) -> Drift:
    """What records had in the last 30 days that the contract does not name, and values of another type than it says."""
    contract, lake = load_contracts()[feed], LakeSettings.from_environment()
    if open_tables(lake).get(DRIFT.address) is None:
        return Drift(items=[])
    span = Span(datetime.now(UTC) - _LATELY, None)
    return Drift(items=[plain(row) for row in page(lake, DRIFT.address, span, limit=1000, where={"feed": contract.feed}).rows])


def _feed(contract: Contract) -> dict[str, object]:
    return {
        "feed": contract.feed,
        "system": contract.system,
        "topic": contract.topic.name,
        "version": contract.version,
        "description": contract.description,
        "partitions": contract.topic.partitions,
        "sla": asdict(contract.sla),
    }
