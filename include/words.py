"""Numbers, names and values in what people read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_ALIKE, _NAMED, _MANY = 0.6, 5, 20
# What a terminal may obey, or which turns the order of letters around: control characters but for tab and line feed, and Unicode's.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def many(count: int, noun: str) -> str:
    """`1 day`, `2 days`, `1,200 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """At most five of the known names, the most alike first; an address is also known by what follows its layer: `metrics`."""
    listed = list(known)
    same = [each for each in listed if each.rpartition(".")[2] == name]
    alike = get_close_matches(name, listed, _NAMED, _ALIKE)
    by_end = get_close_matches(name.rpartition(".")[2], [each.rpartition(".")[2] for each in listed], _NAMED, _ALIKE)
    ends = [each for end in by_end for each in listed if each.rpartition(".")[2] == end]
    return list(dict.fromkeys([*same, *alike, *ends]))[:_NAMED]


def among(name: str, known: Iterable[str], elsewhere: str = "") -> str:
    """How to fix a name that is none of these: the nearest, and all that there are; or, where they are many, what lists them."""
    listed = list(known)
    alike = " or ".join(nearest(name, listed))
    names = f"{elsewhere} lists all {len(listed)}" if elsewhere and len(listed) > _MANY else f"known: {', '.join(listed) or 'none yet'}"
    return f"{f'did you mean {alike}? ' if alike else ''}{names}"


def visible(text: str) -> str:
    """The text with each character that a terminal may obey as JSON writes it (`\\u001b`), so that no value of a record reaches one raw."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
