"""Parameters that several addresses of the API have, and what they answer with rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from fastapi.dependencies.utils import get_flat_dependant
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BeforeValidator

from include.settings import LAYERS
from include.table_pages import FURTHEST, FURTHEST_RAW, MOST_ROWS, Page, Span
from lakehouse.web.answers import Problem, Rows
from lakehouse.web.plain import plain


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("a time of the years 1 to 9999 in UTC") from None


def _no_number(text: object) -> object:
    """Refuses what would be taken for seconds since 1970."""
    try:
        float(str(text))
    except ValueError:
        return text
    raise ValueError("a datetime in ISO 8601, such as 2026-03-01 or 2026-03-01T12:00:00Z, and no number")


_BEGINNING = datetime.min.replace(tzinfo=UTC)
NOT_THERE = {404: {"model": Problem}}
Layer = Literal[LAYERS]  # type: ignore[valid-type]
Moment = Annotated[datetime, BeforeValidator(_no_number), AfterValidator(_in_utc)]
_First = Annotated[Moment | None, Query(alias="from", description="From this time on; without an offset it is UTC.")]
_Last = Annotated[Moment | None, Query(alias="to", description="Before this time, which is after `from`.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page.")]
Offset = Annotated[
    int,
    Query(
        ge=0,
        le=FURTHEST,
        description=f"Rows to leave out; of a table with raw records up to {FURTHEST_RAW}: for what is further off, ask for a span.",
    ),
]


def _within(first: _First = None, last: _Last = None) -> Span:
    """The span that was asked for. Refuses one that nothing can be in."""
    if first is not None and last is not None and first >= last:
        raise no_value("from", f"a span ends after it begins; valid: before {last.isoformat()}, or a later `to`", first.isoformat())
    return Span(first, last)


def no_value(name: str, told: str, given: object) -> RequestValidationError:
    """What is answered with 422: the parameter, and what is valid."""
    return RequestValidationError([{"type": "value_error", "loc": ("query", name), "msg": told, "input": given}])


Within = Annotated[Span, Depends(_within)]


def is_within(moment: datetime, span: Span) -> bool:
    return (span.first is None or span.first <= moment) and (span.last is None or moment < span.last)


def of_the_last(width: timedelta, span: Span, now: datetime) -> Span:
    """The span, which ends now where it has no end, and is so wide where it has no beginning."""
    last = span.last or now
    return Span(span.first or max(last, _BEGINNING + width) - width, last)


def only_known_parameters(request: Request) -> None:
    """Refuses a parameter that the address does not have: what is misspelt would be left out, and something else answered."""
    known = sorted(field.alias for field in get_flat_dependant(request.scope["route"].dependant).query_params)
    refuse_others(request.query_params, known, "parameter")


def refuse_others(given: Iterable[str], known: Sequence[str], kind: str) -> None:
    """Answers 422, with those that are valid, where any of the names given is none of them."""
    if strange := sorted(set(given) - set(known)):
        told = f"there is no such {kind}; valid: {', '.join(known) or 'none'}"
        raise RequestValidationError([{"type": "value_error", "loc": ("query", name), "msg": told, "input": name} for name in strange])


def rows_of(found: Page) -> Rows:
    """The page as an answer."""
    return Rows(items=[plain(row) for row in found.rows], total=found.total, limit=found.limit, offset=found.offset)


def all_of(items: list[object]) -> Rows:
    """All that there are, on one page."""
    return Rows(items=[plain(item) for item in items], total=len(items), limit=max(len(items), 1), offset=0)
