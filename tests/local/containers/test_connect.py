"""The Connect server of the containers has the embedded one's configuration, less its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.settings import LakeSettings
from local.containers.connect import ConnectSettings, configuration
from local.parts.spark_connect import server_conf

LAKE = LakeSettings("s3://lakehouse", "http://minio:9000", "key", "a-secret-key")


def here(scratch: Path) -> dict[str, str]:
    return configuration(LAKE, ConnectSettings("spark://spark-master:7077", "the-cluster's", scratch=scratch))


@pytest.fixture(autouse=True)
def jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "delta-spark_4.2_2.13-4.4.0.jar").touch()
    monkeypatch.setenv("HEADWATER_SPARK_JARS", str(tmp_path))


def test_what_both_have_is_the_same(tmp_path: Path) -> None:
    mine, embedded = here(tmp_path), server_conf(LAKE, 1536, tmp_path)
    assert {name: mine[name] for name in embedded} == embedded
    assert {name.split(".")[1] for name in mine.keys() - embedded.keys()} == {
        "master",
        "executor",
        "deploy",
        "authenticate",
        "network",
        "connect",
    }


def test_executors_find_the_driver_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert here(tmp_path)["spark.driver.host"] == "127.0.0.1"
    monkeypatch.setenv("HEADWATER_SPARK_DRIVER_HOST", "spark-connect")
    found = here(tmp_path)
    assert (found["spark.driver.host"], found["spark.driver.bindAddress"]) == ("spark-connect", "spark-connect")


def test_keys_of_the_store_are_not_in_it(tmp_path: Path) -> None:
    assert LAKE.secret_access_key not in str(here(tmp_path))
