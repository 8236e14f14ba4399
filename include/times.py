"""What text is a time: ISO 8601, and UTC where it names no offset. Read by Spark (jobs/common/times.py) and, here, without it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
OFFSET = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"

_ISO = re.compile(rf"{DAY}[T ]{CLOCK}{OFFSET}")
_MORE_THAN_MICROSECONDS = re.compile(r"([.][0-9]{6})[0-9]+")
_FURTHEST = timedelta(hours=18)  # as java.time has it


def instant(text: str) -> datetime | None:
    """The instant that the text names, in UTC; None for text that is no time. Takes what `iso_time` takes."""
    upper = text.upper().replace(",", ".")
    if not text.isascii() or not _ISO.fullmatch(upper):
        return None
    try:
        read = datetime.fromisoformat(_MORE_THAN_MICROSECONDS.sub(r"\1", upper))
        placed = read if read.tzinfo else read.replace(tzinfo=UTC)
        return placed.astimezone(UTC) if abs(placed.utcoffset() or timedelta(0)) <= _FURTHEST else None
    except (ValueError, OverflowError):  # the 30th of February, and what lies outside the years 1 to 9999
        return None
