from __future__ import annotations

import json

import pytest

from include.words import among, many, nearest, visible

TABLES = ["bronze.metrics", "silver.server_metrics", "quarantine.metrics", "gold.product_sales", "gold.traffic_5m", "ops.gaps"]


@pytest.mark.parametrize(("count", "words"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), (1200, "1,200 days")])
def test_one_has_no_plural(count: int, words: str) -> None:
    assert many(count, "day") == words


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("metrics", ["bronze.metrics", "quarantine.metrics"]),
        ("gold.produkt_sales", ["gold.product_sales"]),
        ("traffic", ["gold.traffic_5m"]),
        ("gap", ["ops.gaps"]),
    ],
)
def test_the_nearest_names_come_first_whatever_layer_they_are_of(name: str, found: list[str]) -> None:
    assert nearest(name, TABLES)[: len(found)] == found


def test_a_name_like_no_other_has_none_near_and_all_that_there_are() -> None:
    assert nearest("zzz", TABLES) == []
    assert among("zzz", ["ab", "cd"]) == "known: ab, cd"
    assert among("zzz", map(str, range(21)), "a page") == "a page lists all 21"
    assert among("aab", ["ab", "cd"]) == "did you mean ab? known: ab, cd"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\r", "\x1b", "\x7f", "\x9b", "\u202e", "\u2028"])
def test_what_a_terminal_may_obey_is_written_as_json_writes_it(character: str) -> None:
    text = f"a{character}é\n\t"
    assert visible(text).isprintable() is False  # the line feed and the tab are there
    assert character not in visible(text)
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text
