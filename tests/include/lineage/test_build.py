"""What OpenLineage is told of a build: what it read, by version and rows as the Delta log has them, what it wrote, and how it ended."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from include.lineage import telling
from include.lineage.build import Read, read_newest, told_build
from include.lineage.telling import Teller
from include.settings import LakeSettings

DAY = date(2026, 11, 20)
Event = dict[str, Any]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of OpenLineage's, of this machine or of another test."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG", "OPENLINEAGE_DISABLED"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def to_files(tmp_path: Path) -> Teller:
    return Teller({"HEADWATER_LOG_DIR": str(tmp_path / "logs")})


def told(folder: Path) -> Iterator[Event]:
    for file in sorted((folder / "logs" / "lineage").glob("*.jsonl")):
        yield from map(json.loads, file.read_text().splitlines())


def put(lake: LakeSettings, address: str, rows: int, day: date = DAY) -> None:
    """Appends so many rows of the day, in one commit."""
    held = pa.table({"item_id": ["i"] * rows, "event_date": pa.array([day] * rows, pa.date32())})
    write_deltalake(lake.table_uri(address), held, mode="append", partition_by=["event_date"])


def test_a_build_is_told_with_the_versions_that_it_read_and_wrote(lake: LakeSettings, to_files: Teller, tmp_path: Path) -> None:
    put(lake, "bronze.clicks", 3)
    pinned = Read("bronze.clicks", 0, 3)
    put(lake, "silver.clicks", 1, DAY - timedelta(days=1))
    with told_build(lake, "silver.clicks", DAY, "scheduled__1", lambda: [pinned], ["quarantine.clicks", "silver.clicks"], to_files):
        put(lake, "bronze.clicks", 4)  # comes meanwhile, and is not read
        put(lake, "silver.clicks", 2)
    began, ended = told(tmp_path)
    assert (began["eventType"], ended["eventType"]) == ("START", "COMPLETE")
    assert UUID(began["run"]["runId"]) == UUID(ended["run"]["runId"])
    assert began["inputs"] == ended["inputs"]
    assert ended["job"]["namespace"] == "headwater"
    assert ended["job"]["name"] == "silver.clicks"
    (bronze,) = ended["inputs"]
    assert (bronze["namespace"], bronze["name"]) == ("s3://lake", f"{tmp_path.name}/bronze/clicks")
    assert bronze["inputFacets"]["inputStatistics"]["rowCount"] == 3
    read = DeltaTable(lake.table_uri("bronze.clicks"), version=int(bronze["facets"]["version"]["datasetVersion"]))
    assert read.to_pyarrow_table().num_rows == 3
    assert [field["name"] for field in bronze["facets"]["schema"]["fields"]] == ["item_id", "event_date"]
    quarantine, silver = ended["outputs"]
    assert "version" not in quarantine["facets"]  # there is no such table
    assert silver["facets"]["version"]["datasetVersion"] == str(DeltaTable(lake.table_uri("silver.clicks")).version())
    assert silver["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert ended["run"]["facets"]["headwater_build"]["airflowRunId"] == "scheduled__1"
    assert ended["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2026-11-20T00:00:00+00:00"


def test_a_build_that_fails_is_told_with_its_error_which_goes_on(lake: LakeSettings, to_files: Teller, tmp_path: Path) -> None:
    reads = lambda: [read_newest(lake, "silver.nothing", DAY)]  # noqa: E731
    with pytest.raises(ValueError, match="no"), told_build(lake, "gold.x", DAY, "r", reads, ["gold.x"], to_files):
        raise ValueError("no")
    began, ended = told(tmp_path)
    assert (began["eventType"], ended["eventType"], ended["outputs"]) == ("START", "FAIL", [])
    assert ended["run"]["facets"]["errorMessage"]["message"] == "ValueError: no"
    assert began["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] == 0


def test_a_backend_that_is_away_stops_nothing_and_is_said_once_and_counted(
    lake: LakeSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in {"TYPE": "http", "URL": "http://127.0.0.1:1", "RETRY": '{"total": 0}'}.items():
        monkeypatch.setenv(f"OPENLINEAGE__TRANSPORT__{name}", value)
    clock = [0.0]
    teller = Teller(clock=lambda: clock[0])
    put(lake, "bronze.clicks", 3)
    with caplog.at_level(logging.ERROR, "include.lineage"):
        for built in range(3):
            clock[0] += telling.REST_SECONDS
            with told_build(lake, "silver.clicks", DAY, "r", lambda: [Read("bronze.clicks", 0, 3)], ["silver.clicks"], teller):
                put(lake, "silver.clicks", 1)
            assert read_newest(lake, "silver.clicks", DAY) == Read("silver.clicks", built, built + 1)
    assert teller.failures == 6  # the end of each was not tried so soon after its beginning
    assert len([record for record in caplog.records if record.name == "include.lineage.telling"]) == 1


def test_after_a_failure_nothing_is_tried_for_a_minute(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    clock, made = [1000.0], []
    teller = Teller(clock=lambda: clock[0])

    def make() -> None:
        made.append(clock[0])
        raise OSError("away")

    for seconds in (0.0, 1.0, telling.REST_SECONDS - 2, 1.0):
        clock[0] += seconds
        teller.tell(make)  # type: ignore[arg-type]
    assert made == [1000.0, 1000.0 + telling.REST_SECONDS]
    assert teller.failures == 4


def test_openlineages_own_settings_go_before_the_folder(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.jsonl"
    named = {"TYPE": "file", "LOG_FILE_PATH": str(file), "APPEND": "true"}
    for name, value in named.items():
        monkeypatch.setenv(f"OPENLINEAGE__TRANSPORT__{name}", value)
    monkeypatch.setenv("HEADWATER_LOG_DIR", str(tmp_path / "logs"))
    with told_build(lake, "gold.x", DAY, "r", lambda: [], [], Teller()):
        pass
    assert [json.loads(line)["eventType"] for line in file.read_text().splitlines()] == ["START", "COMPLETE"]
    assert not (tmp_path / "logs").exists()


def test_without_a_place_to_send_events_none_is_made(lake: LakeSettings) -> None:
    with told_build(lake, "gold.x", DAY, "r", lambda: pytest.fail("asked"), [], teller := Teller({})):
        pass
    assert teller.failures == 0


def test_files_are_by_day_and_kept_for_two_weeks(lake: LakeSettings, to_files: Teller, tmp_path: Path) -> None:
    folder, today = tmp_path / "logs" / "lineage", datetime.now(UTC).date()
    folder.mkdir(parents=True)
    old, kept = today - telling.KEPT - timedelta(days=1), today - telling.KEPT
    for name in (old, kept, "notes"):
        (folder / f"{name}.jsonl").touch()
    with told_build(lake, "gold.x", DAY, "r", lambda: [], [], to_files):
        pass
    assert {file.stem for file in folder.iterdir()} == {str(kept), str(today), "notes"}
