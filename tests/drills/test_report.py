"""The reliability page: all results, and nothing that they do not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from drills.account import Account
from drills.ledger import LedgerVerdict
from drills.registry import DRILLS
from drills.report import PAGE, page, read_results, write_report
from drills.results import Result, write
from local.commands.drill import _took


def result(**changes: Any) -> Result:
    values: dict[str, Any] = {
        "name": "stop-kafka",
        "what": "Kafka away.\n\nIt comes back.",
        "seed": 7,
        "rounds": 2,
        "short": False,
        "writer": "driver",
        "account": Account(1234, 0, 0, 5),
        "ledger": LedgerVerdict(11, ()),
        "recoveries": (3.25, 7.5),
        "limit_seconds": 90,
        "failures": (),
        "notes": {},
    }
    return Result(**(values | changes))


def test_a_result_is_one_line() -> None:
    assert str(result()) == "stop-kafka: 1234 acknowledged, 0 lost, 0 doubled, 7.5 s to recover"


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({"account": Account(10, 1, 0, 0, ("lost: that one",))}, "lost: that one"),
        ({"account": Account(10, 0, 1, 0, ("doubled: that one",))}, "doubled: that one"),
        ({"account": Account(0, 0, 0, 0)}, "no record was acknowledged"),
        ({"recoveries": (1.0, 90.1)}, "a recovery took 90.1 s, the limit is 90 s"),
        ({"recoveries": ()}, "nothing recovered"),
        ({"failures": ("the driver goes on",)}, "the driver goes on"),
        ({"ledger": LedgerVerdict(11, ("offset 7 is missing",))}, "ledger: offset 7 is missing"),
        ({"ledger": None}, "the ledger could not be made"),
    ],
)
def test_each_trouble_fails_the_drill_and_is_said(changes: dict[str, Any], trouble: str) -> None:
    assert result().passed
    assert not result(**changes).passed
    assert trouble in result(**changes).troubles


def test_the_page_has_a_row_for_each_result_and_names_what_has_not_run(tmp_path: Path) -> None:
    write(result(short=True), tmp_path)
    write(result(name="kill-driver", account=Account(10, 1, 0, 0, ("lost: that one",))), tmp_path)
    text = page(read_results(tmp_path))
    rows = [[cell.strip() for cell in line.split("|")[1:10]] for line in text.splitlines() if line.startswith("| ")][1:]
    assert rows == [
        ["kill-driver", "2", "10", "1", "0", "7.5", "90", "closed", "**no**"],
        ["stop-kafka", "2, short", "1,234", "0", "0", "7.5", "90", "closed", "yes"],
    ]
    assert "- lost: that one" in text
    assert f"Not run yet: {', '.join(name for name in DRILLS if name not in ('kill-driver', 'stop-kafka'))}." in text


def test_the_same_results_give_the_same_page_and_a_chart_of_them(tmp_path: Path) -> None:
    write(result(), tmp_path)
    first = write_report(tmp_path, tmp_path / "docs.md").read_text()
    assert write_report(tmp_path, tmp_path / "docs.md").read_text() == first
    (image,) = (line for line in first.splitlines() if line.startswith("!["))
    drawn = ElementTree.fromstring((tmp_path / image.partition("(")[2].rstrip(")")).read_text())
    assert {"stop-kafka", "7.5"} <= {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}


def test_the_page_in_the_repository_is_the_one_that_its_results_give() -> None:
    assert PAGE.read_text() == page(read_results())


def test_the_list_says_how_long_a_drill_took_and_where_nobody_has_measured_it() -> None:
    listed = {"stop-kafka": {"took_seconds": 185, "short": True}, "kill-driver": {"took_seconds": 61, "short": False}, "poison": {}}
    assert [_took(result) for result in listed.values()] == ["3 min 05 s, short", "1 min 01 s", "–"]


def test_a_result_keeps_how_long_the_drill_took(tmp_path: Path) -> None:
    assert json.loads(write(result(took=184.6), tmp_path).read_text())["took_seconds"] == 185


def test_a_later_run_replaces_an_earlier_one(tmp_path: Path) -> None:
    write(result(), tmp_path)
    assert json.loads(write(result(seed=8), tmp_path).read_text())["seed"] == 8
    assert len(read_results(tmp_path)) == 1


def test_every_drill_says_what_it_breaks_and_what_must_hold() -> None:
    for name, drill in DRILLS.items():
        assert name == drill.name
        assert len(drill.description.split("\n\n")) >= 2
        assert drill.short_rounds <= drill.rounds
