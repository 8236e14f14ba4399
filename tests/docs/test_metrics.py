"""docs/metrics.md lists the metrics that there are, with their labels: no more and no fewer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from include.metrics.exposition import exposition
from include.settings import LakeSettings
from tests.scraped import fill, list_folders

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
ROW = re.compile(r"^\| `(headwater_\w+)` \| ([\w, ]+) \|", re.MULTILINE)


def test_the_page_lists_every_metric_with_its_labels(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    list_folders(monkeypatch)
    fill(lake)
    told = {}
    for family in text_string_to_metric_families(exposition(lake, "")[0].decode()):
        labels = set().union(*(sample.labels for sample in family.samples)) - {"le"}
        told[family.name + ("_total" if family.type == "counter" else "")] = labels
    assert {name: set(labels.split(", ")) for name, labels in ROW.findall(PAGE)} == told


def test_the_queries_of_the_page_name_metrics_that_it_lists() -> None:
    listed = {name for name, _ in ROW.findall(PAGE)}
    assert set(re.findall(r"headwater_\w+", PAGE)) == listed
