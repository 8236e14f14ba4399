from __future__ import annotations

from pathlib import Path

import pytest

from include.declared_settings import settings_of
from include.errors import SettingsError
from local.settings import REPOSITORY, LocalSettings, Ports


def test_without_settings_a_stack_lives_in_its_clone(tmp_path: Path) -> None:
    settings = LocalSettings.from_environment({"HOME": "/home/a"})
    assert (settings.home, settings.cache) == (REPOSITORY / ".headwater", Path("/home/a/.cache/headwater"))
    elsewhere = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path)})
    assert (elsewhere.home, elsewhere.ports) == (tmp_path, Ports())


def test_every_port_is_the_setting_of_its_name() -> None:
    assert [(name, each.name) for name, each in settings_of(Ports) if each.name != Ports.setting(name)] == []


def test_environment_wins_over_the_defaults() -> None:
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
        ("HEADWATER_READY_SECONDS", "nan"),
        ("HEADWATER_READY_SECONDS", "inf"),
        ("HEADWATER_MAVEN_URL", "mirror.example"),
        ("CRYPTO_API_URL", "api.coingecko.com"),
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


def test_a_mistyped_name_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"for HEADWATER_KAFKA_PROT is meant HEADWATER_KAFKA_PORT"):
        LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path / "home"), "HEADWATER_KAFKA_PROT": "9092"})
    assert not (tmp_path / "home").exists()
