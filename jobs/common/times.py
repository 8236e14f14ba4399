"""Text → timestamp, as the contracts mean it: ISO 8601, and UTC where the text names no offset."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from include.times import CLOCK, DAY, OFFSET

_ISO = rf"\A{DAY}[T ]{CLOCK}{OFFSET}\z"
# What nearly every record has, and a cast takes as it is.
_PLAIN = rf"\A{DAY}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}([.][0-9]+)?(Z|[+-][0-9]{{2}}:[0-9]{{2}})?\z"
_NO_SECONDS = f"^({DAY}).([0-9]{{2}}:[0-9]{{2}})(?!:)"
_FIRST, _LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"


def iso_time(text: Column) -> Column:
    """The instant that an ISO 8601 text names, to the microsecond (further digits are cut off); null for any other text.

    Taken: date, `T` or a space, hours and minutes, with or without seconds, fraction and offset, in upper or lower case.
    Not taken, though a cast to timestamp would: a date alone, a time alone (which is today's), a year alone, zone names,
    blanks around it, and instants outside the years 1 to 9999, which few readers of a date can hold. `24:00` and
    a 60th second are not taken either. The session's time zone must be UTC.
    """
    upper = F.translate(F.upper(text), ",", ".")
    whole = F.regexp_replace(upper, _NO_SECONDS, "$1T$2:00")
    instant = F.when(text.rlike(_PLAIN), text).when(upper.rlike(_ISO), whole).try_cast("timestamp")
    in_range = instant.between(F.lit(_FIRST).cast("timestamp"), F.lit(_LAST).cast("timestamp"))
    return F.when(in_range, instant)
