"""The dashboard asks for what there is: each name and label of its queries is one of the metrics'."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.settings import LakeSettings
from tests.scraped import fill, list_folders, scraped

DOCKER = Path(__file__).parents[2] / "docker"
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((DOCKER / "grafana/dashboards").rglob("*.json"))}
BOARD = BOARDS["headwater"]
NAME = re.compile(r"\bheadwater_\w+")
SELECTOR = re.compile(r"(headwater_\w+)\{([^}]*)\}")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
GROUPING = re.compile(r"\b(?:by|on|without)\s*\(([^)]*)\)")
LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")
WIDTH = 24
Labels = dict[str, set[str]]


def panels(board: dict[str, Any] = BOARD) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str, str]]:
    """Where, the query, its legend."""
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]
    for variable in BOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]["query"], ""


def strange(expr: str, legend: str, known: Labels) -> list[str]:
    """What the query names that no metric has."""
    names = set(NAME.findall(expr))
    found = [f"no metric {name}" for name in names - known.keys()] or [] if names else ["asks for none of the metrics"]
    for name, matchers in SELECTOR.findall(expr):
        found += [f"{name} has no label {label}" for label in MATCHER.findall(matchers) if label not in known.get(name, set())]
    common = set.union(*(known.get(name, set()) for name in names)) if names else set()
    grouped = [{each.strip() for each in group.split(",")} for group in GROUPING.findall(expr)]
    found += [f"groups by {label}, which no metric has" for group in grouped for label in group - common]
    # What is grouped by is what is left.
    left = set.union(*grouped) if grouped else common
    return found + [f"the legend has {label}, which the result has not" for label in LEGEND.findall(legend) if label not in left]


@pytest.fixture
def known(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> Labels:
    """Name of a sample → its labels."""
    list_folders(monkeypatch)
    fill(lake)
    return {name: set().union(*(labels for labels, _ in samples)) for name, samples in scraped(lake).items()}


def test_every_query_names_metrics_and_labels_that_there_are(known: Labels) -> None:
    found = [f"{where}: {problem}" for where, expr, legend in queries() for problem in strange(expr, legend, known)]
    assert found == []
    assert len(list(queries())) > 20


@pytest.mark.parametrize(
    ("expr", "legend", "match"),
    [
        ("rate(headwater_nothing_total[5m])", "", "no metric headwater_nothing_total"),
        ("headwater_stream_rows", "", "no metric headwater_stream_rows"),
        ('headwater_lag_records{table="x"}', "", "has no label table"),
        ("sum by (table) (headwater_lag_records)", "", "groups by table"),
        ("sum by (feed) (headwater_lag_records)", "{{partition}}", "the legend has partition"),
        ("up", "", "asks for none"),
    ],
)
def test_a_query_that_names_others_is_found(known: Labels, expr: str, legend: str, match: str) -> None:
    (problem,) = strange(expr, legend, known)
    assert match in problem


def test_every_metric_that_says_that_something_is_wrong_is_on_the_dashboard(known: Labels) -> None:
    shown = {name for _, expr, _ in queries() for name in NAME.findall(expr)}
    wrong = {name for name in known if re.search("failures|incident|parked|readable|success|restarts|lag_|runway|_up$", name)}
    # The moment of the look is for alerts; of the state there is the number.
    assert wrong - shown == {"headwater_lag_looked_timestamp_seconds"}


def test_counters_are_asked_for_by_their_rate_and_gauges_are_not() -> None:
    for where, expr, _ in queries():
        for name in NAME.findall(expr):
            grows = name.endswith(("_total", "_bucket", "_count", "_sum"))
            assert grows == bool(re.search(rf"(?:rate|increase)\({name}\b", expr)), f"{where}: {name}"


@pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))
def test_panels_have_what_grafana_asks_for_and_lie_beside_each_other(board: dict[str, Any]) -> None:
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert {panel["type"] for panel in panels(board)} <= {"stat", "timeseries", "table"}
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= WIDTH, panel["title"]
        taken |= cells
    for panel in panels(board):
        assert panel["datasource"]["uid"] == "${datasource}"
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        assert (panel["description"], panel["fieldConfig"]["defaults"]["unit"]) > ("", "")


def test_variables_that_queries_have_are_variables_of_the_dashboard() -> None:
    named = {name for _, expr, _ in queries() for name in re.findall(r"\$\{?(\w+)", expr)}
    assert named == {each["name"] for each in BOARD["templating"]["list"]} - {"datasource"}


def test_every_dashboard_has_an_id_and_a_name_of_its_own() -> None:
    assert len({board["uid"] for board in BOARDS.values()}) == len({board["title"] for board in BOARDS.values()}) == len(BOARDS)


def test_grafana_finds_both() -> None:
    (source,) = yaml.safe_load((DOCKER / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((DOCKER / "grafana/provisioning/dashboards/headwater.yml").read_text())["providers"]
    assert (source["type"], source["url"], provider["options"]["path"]) == ("prometheus", "${PROMETHEUS_URL}", "${HEADWATER_DASHBOARDS}")
