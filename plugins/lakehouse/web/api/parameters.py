"""Parameters that several addresses of the API have, and what they answer with rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.dependencies.utils import get_flat_dependant
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator

from include.settings import LAYERS
from include.table_pages import FURTHEST, MOST_ROWS, Page
from lakehouse.web.answers import Problem, Rows
from lakehouse.web.plain import plain


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("a time of the years 1 to 9999 in UTC") from None


NOT_THERE = {404: {"model": Problem}}
Layer = Literal[LAYERS]  # type: ignore[valid-type]
Moment = Annotated[datetime, AfterValidator(_in_utc)]
First = Annotated[Moment | None, Query(alias="from", description="From this time on; without an offset it is UTC.")]
Last = Annotated[Moment | None, Query(alias="to", description="Before this time.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page.")]
Offset = Annotated[int, Query(ge=0, le=FURTHEST, description="Rows to leave out; for what is further off, ask for a span.")]


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
