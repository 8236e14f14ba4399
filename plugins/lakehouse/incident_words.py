"""What the mail of an incident says, as text and as HTML: what happened, the figures, a chart of the last hour, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from include.incidents import Incident
    from include.watch.trend import FeedNow, Trend

News = Literal["opened", "worse", "still open", "closed"]
_BAR_PIXELS, _BAR_LETTERS = 240, 40
_COLOURS = {"critical": "#b91c1c", "warning": "#b45309"}
_HEADS = ("feed", "unread", "oldest waits", "deleted in", "state")

# Tables with colours as attributes: what all mail programs show, the ones without pictures and styles too.
_HTML = """\
<p>{what}</p>
<table>
{facts}
</table>
{figures}{chart}<p>What to do: {fix}.</p>
<p><a href="{page}">The page</a> has the figures as they are now; an operator may acknowledge or mute the incident there.</p>
"""
_TEXT = """\
{what}

{facts}

{figures}{chart}What to do: {fix}.

The page has the figures as they are now; an operator may acknowledge or mute the incident there:
{page}
"""


@dataclass(frozen=True)
class Story:
    """All that a mail of an incident tells: its feeds at the last look, and the hour before; none where it has no such figures."""

    incident: Incident
    news: News
    page: str
    feeds: Sequence[FeedNow] = ()
    trend: Trend | None = None

    @property
    def subject(self) -> str:
        each, news = self.incident, self.news
        word = each.severity if news == "opened" else news if news == "closed" else f"{each.severity}, {news}"
        return " ".join(f"Headwater: {word}: {each.cause}, {each.where}".split())  # a header is one line

    @property
    def text(self) -> str:
        width = max(len(name) for name, _ in self._facts)
        facts = "\n".join(f"{name:<{width}}  {value}" for name, value in self._facts)
        figures = f"{_in_columns([_HEADS, *map(_cells, self.feeds)])}\n\n" if self.feeds else ""
        chart = f"{_drawn_in_letters(self.trend)}\n\n" if self.trend else ""
        each = self.incident
        return _TEXT.format(what=each.what, fix=each.fix, page=self.page, facts=facts, figures=figures, chart=chart)

    @property
    def html(self) -> str:
        each = self.incident
        facts = "\n".join(f"<tr><td>{name}</td><td>{escape(value)}</td></tr>" for name, value in self._facts)
        figures = _table([_HEADS, *map(_cells, self.feeds)]) if self.feeds else ""
        chart = _drawn_in_cells(self.trend, _COLOURS[each.severity]) if self.trend else ""
        return _HTML.format(what=escape(each.what), fix=escape(each.fix), page=escape(self.page), facts=facts, figures=figures, chart=chart)

    @property
    def _facts(self) -> list[tuple[str, str]]:
        each = self.incident
        times = [("Opened", _time(each.opened_at)), ("Closed", _time(each.closed_at))]
        said = [("State", f"{self.news}, {each.severity}"), ("Where", each.where), ("Cause", each.cause)]
        return [*said, *times, ("Incident", each.incident_id)]


def _cells(now: FeedNow) -> tuple[str, ...]:
    left = "–" if now.runway_hours is None else f"{now.runway_hours:.1f} h"
    return now.feed, f"{now.unread:,}", f"{now.waited_seconds:,.0f} s", left, now.state


def _in_columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    first, *others = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    lines = [f"<tr>{first.replace('td>', 'th>')}</tr>", *(f"<tr>{cells}</tr>" for cells in others)]
    return '<table border="1" cellspacing="0" cellpadding="4">\n' + "\n".join(lines) + "\n</table>\n"


def _lengths(trend: Trend, longest: int) -> list[int]:
    most = max(value for _, value in trend.points)
    return [round(longest * value / most) if most else 0 for _, value in trend.points]


def _drawn_in_letters(trend: Trend) -> str:
    bars = zip(trend.points, _lengths(trend, _BAR_LETTERS), strict=True)
    return "\n".join(
        [f"{trend.title} (UTC):", *(f"{at:%H:%M}  {'#' * length}{' ' if length else ''}{_number(value)}" for (at, value), length in bars)]
    )


def _drawn_in_cells(trend: Trend, colour: str) -> str:
    bars = zip(trend.points, _lengths(trend, _BAR_PIXELS), strict=True)
    cells = ((f"{at:%H:%M}", _bar(length, colour), _number(value)) for (at, value), length in bars)
    rows = "\n".join(f"<tr><td>{at}</td><td>{bar}</td><td>{number}</td></tr>" for at, bar, number in cells)
    return f'<p>{escape(trend.title)} (UTC):</p>\n<table cellspacing="0" cellpadding="2">\n{rows}\n</table>\n'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.1f}"


def _bar(pixels: int, colour: str) -> str:
    return (
        f'<table cellspacing="0" cellpadding="0"><tr><td width="{pixels}" height="12" bgcolor="{colour}"></td></tr></table>'
        if pixels
        else ""
    )


def _time(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
