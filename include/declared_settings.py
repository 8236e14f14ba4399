"""A setting says of itself what it is: its variable, default, unit, range, what it is for and who reads it.

A concern's frozen dataclass has one of these as each field, and `read` makes it from an environment. docs/settings.md is made from them
(`python -m local.settings_page`), and with it the names that `refuse_unknown_names` knows.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from include.errors import SettingsError

Concern = TypeVar("Concern")
REQUIRED = object()  # a default that there is none of
MASK = "•••"  # for what must not be shown
PREFIX = "HEADWATER_"  # whatever begins so is ours: a name that nobody reads is a mistake
NAMES_FILE = Path(__file__).with_name("setting_names.txt")
_PAGE = "docs/settings.md"
_METADATA = "setting"


class Reader(StrEnum):
    """Who reads a setting."""

    STACK = "embedded stack"
    COMMAND = "`headwater` command"
    STREAMS = "stream driver"
    STREAM_HOST = "stream host"
    AIRFLOW = "Airflow"
    BATCH = "batch"
    PAGE = "page"
    METRICS = "metrics"
    LINEAGE = "lineage"
    PRODUCERS = "producers"
    PLANETS_API = "planets API"
    POLLER = "crypto poller"
    GRAFANA = "Grafana"
    COMPOSE = "Docker Compose"
    TESTS = "tests"


@dataclass(frozen=True)
class Setting:
    """One variable of the environment; empty or blank is the same as unset.

    `kind` is that of the default unless told: str, int, float, bool (1 or 0), Path, tuple (texts between `separator`) or dict.
    `least` and `most` are both allowed. `pattern` is what each text must match, `form` says so in words. `unset` says what is the case
    without a value where the default alone does not. `secret`: never shown, in errors neither. A name that ends in `*` stands for all
    that begin so: its value is a dict, by what follows.
    """

    name: str
    default: Any
    what: str
    read_by: tuple[Reader, ...]
    kind: type | None = None
    unit: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    form: str = ""
    separator: str = ","
    unset: str = ""
    secret: bool = False

    def __post_init__(self) -> None:
        if self.type in (int, float) and (self.least is None or self.most is None):
            raise ValueError(f"{self.name}: a number has a range")

    @property
    def type(self) -> type:
        return self.kind or (str if self.default is REQUIRED or self.default is None else type(self.default))

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    def given(self, environment: Mapping[str, str]) -> Any:
        """The value that the environment has; None where it has none. Raises SettingsError for one that cannot be used."""
        if self.type is dict:
            prefix = self.name.removesuffix("*")
            return {name.removeprefix(prefix): value for name, value in environment.items() if name.startswith(prefix)}
        text = environment.get(self.name, "").strip()
        return self._parsed(text) if text else None

    def of(self, environment: Mapping[str, str]) -> Any:
        """The value that counts. Raises SettingsError where one is needed and there is none, too."""
        if (value := self.given(environment)) is not None:
            return value
        if self.required:
            raise SettingsError(f"{self.name} is not set", where=self.name, fix=f"{self.unset or self.wanted or self.what} ({_PAGE})")
        return self.default

    @property
    def bounds(self) -> str:
        """What may stand there: choices, from the least to the most, form; nothing where any text may."""
        if self.choices:
            return ", ".join(self.choices)
        if self.type in (int, float):
            return f"{shown(self.least)} to {shown(self.most)}"
        return "1 or 0" if self.type is bool else self.form

    @property
    def wanted(self) -> str:
        """The same, as advice."""
        if self.type in (int, float):
            return f"{'a whole number' if self.type is int else 'a number'} from {self.bounds}" + (f", in {self.unit}" if self.unit else "")
        return f"one of {self.bounds}" if self.choices else self.bounds

    def _parsed(self, text: str) -> Any:
        if self.type is bool:
            return {"0": False, "1": True}[text] if text in ("0", "1") else self._refuse("neither 0 nor 1", text)
        if self.type in (int, float):
            return self._number(text)
        if self.type is tuple:
            found = tuple(dict.fromkeys(part.strip() for part in text.split(self.separator) if part.strip()))
            return tuple(self._text(part, text) for part in found) or self._refuse("there is nothing in this list", text)
        return self.type(self._text(text, text))

    def _number(self, text: str) -> float:
        form = r"[+-]?[0-9]{1,18}" if self.type is int else r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?"
        if not re.fullmatch(form, text, re.IGNORECASE):
            self._refuse("not a whole number" if self.type is int else "not a number", text)
        number = self.type(text)
        if number < self.least or number > self.most:
            self._refuse(f"smaller than {shown(self.least)}" if number < self.least else f"larger than {shown(self.most)}", text)
        return number

    def _text(self, part: str, text: str) -> str:
        if self.choices:
            return part.lower() if part.lower() in self.choices else self._refuse("there is no such choice", text)
        fits = re.fullmatch(self.pattern or ".*", part, re.DOTALL)
        return part if fits else self._refuse("the value has not the form that it needs", text)

    def _refuse(self, what: str, text: str) -> Any:
        without = "" if self.required else self.unset or shown(self.default)
        fix = "; ".join(filter(None, (self.wanted, f"unset it for {without}" if without else "")))
        raise SettingsError(what, where=self.name, value=MASK if self.secret else text, fix=f"{fix} ({_PAGE})")


def setting(name: str, default: Any, what: str, *read_by: Reader, **more: Any) -> Any:
    """The field of a dataclass that is this setting."""
    return declared(Setting(name, default, what, read_by, **more))


def declared(common: Setting, **changed: Any) -> Any:
    """The same for a setting of several concerns; `changed`: what differs for this one, such as another default."""
    mine = dataclasses.replace(common, **changed)
    given = {} if mine.required else {"default_factory": dict} if mine.type is dict else {"default": mine.default}
    return dataclasses.field(**given, metadata={_METADATA: mine}, repr=not mine.secret)


def shown(value: Any) -> str:
    """A default or a bound as one writes it into an environment."""
    if value is None or value is REQUIRED:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def settings_of(concern: type) -> Iterator[tuple[str, Setting]]:
    """Field → setting, in the order of the fields; those that are no settings are left out."""
    for field in dataclasses.fields(concern):
        if _METADATA in field.metadata:
            yield field.name, field.metadata[_METADATA]


def read(concern: type[Concern], environment: Mapping[str, str], **known: Any) -> Concern:
    """The concern as the environment has it; `known`: fields that come from elsewhere. SettingsError for the first that cannot be used."""
    values = {name: each.of(environment) for name, each in settings_of(concern) if name not in known}
    return concern(**values, **known)


@cache
def known_names() -> tuple[str, ...]:
    """Every name of ours, whichever component reads it: an environment carries those of others."""
    return tuple(NAMES_FILE.read_text(encoding="utf-8").split())


def refuse_unknown_names(environment: Mapping[str, str], where: str = "environment") -> None:
    """SettingsError for names that begin with HEADWATER_ and that no component reads, with those that they may have been meant to be.
    Values are not told: one of them may be a secret."""
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known_names())
    if not unknown:
        return
    near = {name: difflib.get_close_matches(name, known_names(), n=3, cutoff=0.85) for name in unknown}
    meant = [f"for {name} is meant {' or '.join(names)}?" for name, names in near.items() if names]
    fix = "; ".join([*meant, f"unset what is not meant; known: {', '.join(_of_their_families(unknown))} ({_PAGE})"])
    raise SettingsError("no component reads a setting of this name", where=where, value=", ".join(unknown), fix=fix)


def _of_their_families(unknown: list[str]) -> list[str]:
    """The known names that share a second word with one of these; all where one of them has no family."""
    families = {tuple(name.split("_")[:2]) for name in unknown}
    known = [name for name in known_names() if tuple(name.split("_")[:2]) in families]
    return known if families <= {tuple(name.split("_")[:2]) for name in known} else list(known_names())
