"""Seconds to recover as a picture: one bar a drill, and a mark where its limit is. Plain SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_ROW, _LEFT, _WIDTH, _TOP, _RIGHT = 26, 220, 480, 44, 70
_TICKS = 6
_GREEN, _RED, _GREY = "#2a7d4f", "#b3261e", "#6b6b6b"


class Bar(NamedTuple):
    """A drill's slowest recovery and its limit, in seconds."""

    name: str
    seconds: float
    limit: float
    passed: bool


def chart(bars: Sequence[Bar]) -> str:
    longest = max([10.0, *(bar.limit for bar in bars), *(bar.seconds for bar in bars)])
    step = next(step for step in (5, 10, 20, 25, 50, 100, 250, 500, 1000) if longest / step <= _TICKS or step == 1000)
    scale = _WIDTH / longest
    height = _TOP + len(bars) * _ROW + 30
    bottom = height - 30
    box = f"0 0 {_LEFT + _WIDTH + _RIGHT} {height}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" fill="#1b1b1b">Slowest recovery, seconds; the mark is the drill\'s limit</text>',
    ]
    for value in range(0, int(longest) + 1, step):
        x = _LEFT + value * scale
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" fill="{_GREY}">{value}</text>')
    for number, bar in enumerate(bars):
        parts += _bar(bar, _TOP + number * _ROW, scale)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(bar: Bar, y: int, scale: float) -> list[str]:
    middle, end, limit = y + _ROW // 2 + 1, _LEFT + max(1.0, bar.seconds * scale), _LEFT + bar.limit * scale
    return [
        f'<text x="{_LEFT - 10}" y="{middle + 2}" text-anchor="end" fill="#1b1b1b">{escape(bar.name)}</text>',
        f'<rect x="{_LEFT}" y="{y + 3}" width="{end - _LEFT:.1f}" height="{_ROW - 10}" fill="{_GREEN if bar.passed else _RED}"/>',
        f'<text x="{end + 5:.1f}" y="{middle + 2}" fill="#1b1b1b">{bar.seconds:.1f}</text>',
        f'<line x1="{limit:.1f}" y1="{y}" x2="{limit:.1f}" y2="{y + _ROW - 4}" stroke="{_GREY}" stroke-width="2"/>',
    ]
