from __future__ import annotations

from pathlib import Path

import pytest

from include.errors import SettingsError
from include.streams.settings import StreamSettings
from local.envfile import parse
from local.settings import DEFAULTS, REPOSITORY, LocalSettings, Ports


def test_defaults_are_those_of_the_documented_file(tmp_path: Path) -> None:
    settings, documented = LocalSettings.from_environment({"HOME": "/home/a"}), parse(DEFAULTS.read_text())
    assert (settings.home, settings.cache) == (REPOSITORY / ".headwater", Path("/home/a/.cache/headwater"))
    elsewhere = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path)})
    assert elsewhere.ports.airflow == int(documented["HEADWATER_AIRFLOW_PORT"])


def test_every_port_has_a_documented_default() -> None:
    documented = parse(DEFAULTS.read_text())
    assert [name for name in Ports.__dataclass_fields__ if Ports.setting(name) not in documented] == []


def test_environment_wins_over_the_file() -> None:
    given = {"HEADWATER_KAFKA_PORT": "7777", "HEADWATER_HOME": "/data/hw", "HEADWATER_CACHE": "/data/cache"}
    settings = LocalSettings.from_environment(given)
    assert (settings.ports.kafka, settings.home, settings.cache) == (7777, Path("/data/hw"), Path("/data/cache"))


def test_empty_variable_means_the_default(tmp_path: Path) -> None:
    assert LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path), "HEADWATER_KAFKA_PORT": ""}).ports.kafka == 9092


def test_stack_that_is_up_keeps_the_ports_that_it_was_started_with(tmp_path: Path) -> None:
    here = {"HEADWATER_HOME": str(tmp_path)}
    LocalSettings.from_environment({**here, "HEADWATER_KAFKA_PORT": "7777", "HEADWATER_SERVING": "1"}).remember_ports()

    assert LocalSettings.from_environment(here).serving
    assert LocalSettings.from_environment(here).ports.kafka == 7777
    assert LocalSettings.from_environment({**here, "HEADWATER_KAFKA_PORT": "7778"}).ports.kafka == 7778
    LocalSettings.from_environment(here).forget_ports()
    assert LocalSettings.from_environment(here).ports.kafka == 9092


def test_ports_are_not_forgotten_while_a_part_runs(tmp_path: Path) -> None:
    here = {"HEADWATER_HOME": str(tmp_path)}
    settings = LocalSettings.from_environment({**here, "HEADWATER_KAFKA_PORT": "7777"})
    settings.remember_ports()
    (settings.run / "kafka.pid").write_text("")

    settings.forget_ports()

    assert LocalSettings.from_environment(here).ports.kafka == 7777


def test_cache_follows_the_desktop_standard() -> None:
    assert LocalSettings.from_environment({"XDG_CACHE_HOME": "/var/cache/me"}).cache == Path("/var/cache/me/headwater")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEADWATER_KAFKA_PORT", "many"),
        ("HEADWATER_KAFKA_PORT", "0"),
        ("HEADWATER_S3_PORT", "70000"),
        ("HEADWATER_KAFKA_MEMORY_MB", "1"),
        ("HEADWATER_FREE_DISK_MB", "-1"),
        ("HEADWATER_SERVING", "yes"),
    ],
)
def test_unusable_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        LocalSettings.from_environment({name: value})
    assert raised.value.where == name


def test_one_port_for_two_parts_is_refused_with_both_names(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path), "HEADWATER_KAFKA_PORT": "9000"})
    assert raised.value.where == "HEADWATER_KAFKA_PORT and HEADWATER_S3_PORT"


def test_documented_defaults_of_the_streams_are_theirs() -> None:
    lines = [line[1:] for line in DEFAULTS.read_text().splitlines() if line.startswith("#HEADWATER_STREAM_")]
    documented = parse("\n".join(lines))
    assert StreamSettings.from_environment(documented) == StreamSettings.from_environment({})
    fields = {f"HEADWATER_STREAM_{name.upper()}" for name in StreamSettings.__dataclass_fields__ if name != "log_directory"}
    assert set(documented) == fields | {"HEADWATER_STREAM_GROUPS"}
