"""What a setting takes, what it refuses and what it then says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from include.declared_settings import (
    MASK,
    REQUIRED,
    Reader,
    Setting,
    known_names,
    read,
    refuse_unknown_names,
    setting,
    shown,
)
from include.errors import SettingsError


@dataclass(frozen=True)
class Kettle:
    """A concern with one field of each kind."""

    place: Path = setting("KETTLE_PLACE", REQUIRED, "where it stands", Reader.TESTS, kind=Path)
    litres: int = setting("KETTLE_LITRES", 2, "how much it holds", Reader.TESTS, unit="l", least=1, most=5)
    heat: float = setting("KETTLE_HEAT", 99.5, "how hot it gets", Reader.TESTS, unit="°C", least=-5, most=100)
    whistles: bool = setting("KETTLE_WHISTLES", True, "whether it whistles", Reader.TESTS)
    metal: str = setting("KETTLE_METAL", "iron", "what it is made of", Reader.TESTS, choices=("iron", "copper"))
    teas: tuple[str, ...] = setting("KETTLE_TEAS", (), "what it is for", Reader.TESTS, pattern=r"[a-z]+", form="words, with commas")
    pin: str = setting("KETTLE_PIN", "", "who may boil", Reader.TESTS, pattern=r"\d{4}", form="four digits", secret=True)


PLACED = {"KETTLE_PLACE": "/kitchen"}


def test_what_is_not_given_has_its_default() -> None:
    assert read(Kettle, PLACED) == Kettle(Path("/kitchen"), 2, 99.5, True, "iron", (), "")


def test_every_kind_is_read_from_its_text() -> None:
    given = {"LITRES": " 5 ", "HEAT": "-5", "WHISTLES": "0", "METAL": "Copper", "TEAS": "green, black,green", "PIN": "0042"}
    kettle = read(Kettle, PLACED | {f"KETTLE_{name}": text for name, text in given.items()})
    assert kettle == Kettle(Path("/kitchen"), 5, -5.0, False, "copper", ("green", "black"), "0042")


@pytest.mark.parametrize("text", ["", "  "])
def test_empty_is_unset(text: str) -> None:
    assert read(Kettle, PLACED | {"KETTLE_LITRES": text}).litres == 2
    with pytest.raises(SettingsError, match="KETTLE_PLACE is not set"):
        read(Kettle, {"KETTLE_PLACE": text})


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("LITRES", "0", "smaller than 1"),
        ("LITRES", "6", "larger than 5"),
        ("LITRES", "-1", "smaller than 1"),
        ("LITRES", "9" * 5000, "not a whole number"),
        ("LITRES", "2.0", "not a whole number"),
        ("LITRES", "1_0", "not a whole number"),
        ("LITRES", "²", "not a whole number"),
        ("LITRES", "two", "not a whole number"),
        ("HEAT", "nan", "not a number"),
        ("HEAT", "inf", "not a number"),
        ("HEAT", "1e999", "larger than 100"),
        ("HEAT", "-5.01", "smaller than -5"),
        ("HEAT", "hot", "not a number"),
        ("WHISTLES", "yes", "neither 0 nor 1"),
        ("METAL", "tin", "there is no such choice"),
        ("TEAS", "green, 7", "the form that it needs"),
        ("TEAS", " , ", "nothing in this list"),
    ],
)
def test_what_cannot_be_used_is_refused_with_name_and_value(name: str, text: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what) as raised:
        read(Kettle, PLACED | {f"KETTLE_{name}": text})
    assert (raised.value.where, raised.value.value) == (f"KETTLE_{name}", text.strip())


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("LITRES", "a whole number from 1 to 5, in l; unset it for 2"),
        ("HEAT", "a number from -5 to 100, in °C; unset it for 99.5"),
        ("WHISTLES", "1 or 0; unset it for 1"),
        ("METAL", "one of iron, copper; unset it for iron"),
        ("TEAS", "words, with commas"),
    ],
)
def test_a_refusal_says_what_may_stand_there(name: str, fix: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read(Kettle, PLACED | {f"KETTLE_{name}": "#"})
    assert raised.value.fix == f"{fix} (docs/settings.md)"


def test_a_secret_is_in_no_error_and_in_no_text_of_the_concern() -> None:
    with pytest.raises(SettingsError) as raised:
        read(Kettle, PLACED | {"KETTLE_PIN": "hunter2"})
    assert raised.value.value == MASK
    assert "hunter2" not in str(raised.value)
    assert "0042" not in repr(read(Kettle, PLACED | {"KETTLE_PIN": "0042"}))


@pytest.mark.parametrize("bounds", [{}, {"least": 1}, {"most": 5}])
def test_a_number_without_a_range_is_no_setting(bounds: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has a range"):
        Setting("KETTLE_LITRES", 2, "how much it holds", (Reader.TESTS,), **bounds)


@pytest.mark.parametrize(("value", "text"), [(True, "1"), (7, "7"), (0.5, "0.5"), (10.0, "10"), (("a", "b"), "a,b"), (None, "")])
def test_a_default_is_shown_as_one_writes_it(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_mistyped_name_is_refused_with_the_one_that_was_meant_and_its_family() -> None:
    with pytest.raises(SettingsError) as raised:
        refuse_unknown_names({"HEADWATER_STREAM_TRIGER_MILLISECONDS": "s3cret", "HEADWATER_KAFKA_PORT": "9092", "PATH": "/bin"})
    assert raised.value.value == "HEADWATER_STREAM_TRIGER_MILLISECONDS"
    assert "is meant HEADWATER_STREAM_TRIGGER_MILLISECONDS?" in raised.value.fix
    assert "HEADWATER_STREAM_WRITER" in raised.value.fix
    assert "HEADWATER_KAFKA_PORT" not in raised.value.fix
    assert "s3cret" not in str(raised.value)


def test_a_name_of_no_family_is_refused_with_all_that_there_are() -> None:
    with pytest.raises(SettingsError) as raised:
        refuse_unknown_names({"HEADWATER_COLOUR": "blue", "HEADWATER_STREAM_COLOUR": "blue"})
    assert raised.value.value == "HEADWATER_COLOUR, HEADWATER_STREAM_COLOUR"
    assert [name for name in known_names() if name not in raised.value.fix] == []


def test_names_of_other_components_and_of_others_are_let_through() -> None:
    refuse_unknown_names(dict.fromkeys(known_names(), "") | {"HEADWATERS": "1", "AIRFLOW__CORE__EXECUTOR": "LocalExecutor"})
