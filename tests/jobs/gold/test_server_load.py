"""gold.server_load: load of each server and hour, and its rank."""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import SparkSession

from jobs.gold.server_load import server_load
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import METRICS, at, silver


def sample(server: str, cpu: float, memory: float = 50.0, clock: str = "12:00:00") -> dict[str, object]:
    return {"server": server, "cpu_pct": float(cpu), "memory_pct": float(memory), "event_time": at(clock)}


def test_load_of_an_hour(spark: SparkSession) -> None:
    metrics = silver(spark, METRICS, sample("a", 10, 30, "12:00:00"), sample("a", 20, 60, "12:59:59.9"), sample("a", 99, 99, "13:00:00"))
    hour = at("12:00:00")
    windows, load = ("window_start", "window_end", "event_date"), ("avg_cpu_pct", "max_cpu_pct", "avg_memory_pct", "max_memory_pct")
    assert rows(server_load(metrics), *windows, "server", *load, "samples") == [
        (hour, hour + timedelta(hours=1), DAY, "a", 15.0, 20.0, 45.0, 60.0, 2),
        (hour + timedelta(hours=1), hour + timedelta(hours=2), DAY, "a", 99.0, 99.0, 99.0, 99.0, 1),
    ]


def test_rank_is_by_mean_cpu_then_mean_memory_then_name(spark: SparkSession) -> None:
    load = (sample("d", 50, 10), sample("b", 50, 20), sample("a", 50, 10), sample("c", 90, 0), sample("e", 1))
    assert rows(server_load(silver(spark, METRICS, *load)), "load_rank", "server") == [(1, "c"), (2, "b"), (3, "a"), (4, "d"), (5, "e")]


def test_means_that_are_equal_tie_whatever_the_order_of_their_samples(spark: SparkSession) -> None:
    values = [0.1, 0.2, 0.3, 0.7]
    load = [sample("b", value, 2) for value in values] + [sample("a", value, 1) for value in reversed(values)]
    assert rows(server_load(silver(spark, METRICS, *load)), "load_rank", "server") == [(1, "b"), (2, "a")]


def test_each_hour_has_its_own_ranks(spark: SparkSession) -> None:
    load = (sample("a", 1), sample("b", 2), sample("a", 2, clock="13:30:00"), sample("b", 1, clock="13:30:00"))
    found = server_load(silver(spark, METRICS, *load))
    assert rows(found, "window_start", "load_rank", "server") == [
        (at(clock), rank, server)
        for clock, rank, server in (("12:00:00", 1, "b"), ("12:00:00", 2, "a"), ("13:00:00", 1, "a"), ("13:00:00", 2, "b"))
    ]
