"""gold.planets: each planet's newest row, whatever days are built, in whatever order, and built again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random

import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from include.delta_log import version
from include.settings import LakeSettings
from jobs.common.tables import write_day
from jobs.gold import planets as module
from jobs.gold.planets import bring_up_to_date, planets
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows

pytestmark = pytest.mark.batch

DAYS = [DAY + timedelta(days=number) for number in range(4)]
SCHEMA = "Name string, event_date date, habitability_score int, predicted_probability double"


def scored(spark: SparkSession, day: date, **scores: int) -> DataFrame:
    return spark.createDataFrame([(name, day, score, None) for name, score in scores.items()], SCHEMA)


def write(spark: SparkSession, lake: LakeSettings, day: date, **scores: int) -> None:
    write_day(scored(spark, day, **scores), len(scores), lake, module.SOURCE, day)


def build(spark: SparkSession, lake: LakeSettings, day: date, **scores: int) -> None:
    write(spark, lake, day, **scores)
    bring_up_to_date(spark, lake, day)


def held(lake: LakeSettings, address: str) -> list[tuple[object, ...]]:
    found = DeltaTable(lake.table_uri(address)).to_pyarrow_table().to_pylist()
    return sorted((row["Name"], row["event_date"], row["habitability_score"]) for row in found)


def kept(lake: LakeSettings) -> list[tuple[object, ...]]:
    return held(lake, module.TARGET)


def newest(lake: LakeSettings) -> list[tuple[object, ...]]:
    """What the table must hold, from all that the days hold."""
    return sorted({row[0]: row for row in held(lake, module.SOURCE)}.values())


def test_each_planet_has_the_row_of_its_newest_day(spark: SparkSession) -> None:
    first, last, between = scored(spark, DAYS[0], Vulcan=1, Mars=2), scored(spark, DAYS[2], Vulcan=3), scored(spark, DAYS[1], Vulcan=9)
    days = first.unionByName(last).unionByName(between)
    assert rows(planets(days), "Name", "event_date", "habitability_score") == [("Mars", DAYS[0], 2), ("Vulcan", DAYS[2], 3)]


def test_days_come_in_any_order(spark: SparkSession, lake: LakeSettings) -> None:
    build(spark, lake, DAYS[2], Vulcan=3)
    build(spark, lake, DAYS[0], Vulcan=1, Mars=2)
    build(spark, lake, DAYS[1], Vulcan=9, Mars=4)
    assert kept(lake) == [("Mars", DAYS[1], 4), ("Vulcan", DAYS[2], 3)]


def test_corrected_row_of_the_newest_day_is_taken_and_of_an_older_one_is_not(spark: SparkSession, lake: LakeSettings) -> None:
    for day, score in ((DAYS[0], 1), (DAYS[1], 2), (DAYS[1], 5), (DAYS[0], 7)):
        build(spark, lake, day, Vulcan=score)
    assert kept(lake) == [("Vulcan", DAYS[1], 5)]


def test_planet_that_left_its_newest_day_falls_back_to_the_newest_of_the_others(spark: SparkSession, lake: LakeSettings) -> None:
    for day, score in zip(DAYS, (1, 2, 3, 4), strict=True):
        build(spark, lake, day, Vulcan=score, Mars=0)
    build(spark, lake, DAYS[3], Mars=0)
    assert kept(lake) == [("Mars", DAYS[3], 0), ("Vulcan", DAYS[2], 3)]


def test_planet_that_has_no_day_left_is_gone(spark: SparkSession, lake: LakeSettings) -> None:
    build(spark, lake, DAY, Vulcan=1, Mars=2)
    build(spark, lake, DAY, Mars=2)
    build(spark, lake, DAYS[1])
    assert kept(lake) == [("Mars", DAY, 2)]
    build(spark, lake, DAY)
    assert kept(lake) == []


@pytest.mark.parametrize("again", [DAYS[0], DAYS[1], DAYS[2]], ids=["an older day", "the newest day", "a day without planets"])
def test_day_that_changes_nothing_commits_nothing(spark: SparkSession, lake: LakeSettings, again: date) -> None:
    build(spark, lake, DAYS[0], Vulcan=1, Mars=2)
    build(spark, lake, DAYS[1], Vulcan=3)
    before = version(lake, module.TARGET)
    build(spark, lake, again, **{DAYS[0]: {"Vulcan": 1, "Mars": 2}, DAYS[1]: {"Vulcan": 3}}.get(again, {}))
    assert version(lake, module.TARGET) == before


def test_new_table_takes_the_planets_of_days_that_were_built_before_it(spark: SparkSession, lake: LakeSettings) -> None:
    write(spark, lake, DAYS[0], Vulcan=1, Mars=2)
    write(spark, lake, DAYS[1], Vulcan=3)
    build(spark, lake, DAYS[3])
    assert kept(lake) == [("Mars", DAYS[0], 2), ("Vulcan", DAYS[1], 3)]


def test_table_is_there_before_the_first_planet(spark: SparkSession, lake: LakeSettings) -> None:
    build(spark, lake, DAY)
    assert kept(lake) == []


@pytest.mark.parametrize(("seed", "builds"), [(4, 5), pytest.param(5, 25, marks=pytest.mark.thorough)])
def test_days_built_and_built_again_at_random_come_to_each_planets_newest_row(
    spark: SparkSession, lake: LakeSettings, seed: int, builds: int
) -> None:
    random = Random(seed)
    for _ in range(builds):
        names = random.sample(["Vulcan", "Mars", "Hoth", "Arrakis"], random.randint(0, 4))
        build(spark, lake, random.choice(DAYS), **{name: random.randint(0, 2) for name in names})
        assert kept(lake) == newest(lake)


def test_days_built_at_the_same_time_lose_none_of_each_other(spark: SparkSession, lake: LakeSettings) -> None:
    build(spark, lake, DAYS[0], Vulcan=0, Hoth=0)
    build(spark, lake, DAYS[3], Vulcan=3, Hoth=3)

    def at_once(day: date) -> None:
        scores = {"Mars": day.day} if day == DAYS[3] else {"Mars": day.day, "Vulcan": day.day, f"of{day.day}": 1}
        build(spark, lake, day, **scores)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(at_once, DAYS))
    assert kept(lake) == newest(lake)


def test_row_that_another_day_got_meanwhile_is_seen(spark: SparkSession, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last day loses a planet while a build of an older one, which still saw it there, gives it a row and changes nothing."""
    build(spark, lake, DAYS[0], Vulcan=0)
    build(spark, lake, DAYS[3], Vulcan=3)
    write(spark, lake, DAYS[3])
    merge, asked = module.merge, []

    def merge_beside_another_build(*of: object) -> None:
        if not asked:
            asked.append(of)
            write(spark, lake, DAYS[1], Vulcan=1)  # its own look at gold.planets still finds the row of the last day
        merge(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "merge", merge_beside_another_build)
    bring_up_to_date(spark, lake, DAYS[3])
    assert kept(lake) == [("Vulcan", DAYS[1], 1)]


def test_planet_that_another_build_changed_meanwhile_is_not_overwritten(
    spark: SparkSession, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(spark, lake, DAYS[0], Vulcan=0)
    write(spark, lake, DAYS[1], Vulcan=1)
    merge, asked = module.merge, []

    def merge_after_a_newer_day(*of: object) -> None:
        if not asked:
            asked.append(of)
            build(spark, lake, DAYS[2], Vulcan=2)
        merge(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "merge", merge_after_a_newer_day)
    bring_up_to_date(spark, lake, DAYS[1])
    assert kept(lake) == [("Vulcan", DAYS[2], 2)]
