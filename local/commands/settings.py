"""settings: what counts now, and where it comes from."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.markup import escape

from include.declared_settings import MASK, Setting, refuse_unknown_names, shown
from include.errors import SettingsError
from local import envfile
from local.commands.shown import out, table
from local.settings import LocalSettings
from local.settings_file import settings_file


@dataclass(frozen=True)
class _InForce:
    """A setting as a command that is started now would read it."""

    name: str
    value: str
    unit: str
    origin: str  # where the value is from
    refused: str  # why it cannot be used; empty where it can

    def __str__(self) -> str:
        return self.value or "–"


def show_settings(
    words: Annotated[str, typer.Argument(metavar="WORD", help="Only those with this in their names, in any case.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show every setting: its value, and whether that is from the environment, a file or the default. Secrets are
    masked. Exit code 1 where a value cannot be used. What each is for: docs/settings.md.

    Example: [bold]headwater settings[/], [bold]headwater settings stream[/], [bold]headwater settings port --json[/]
    """
    from local.settings_page import sections

    refuse_unknown_names(os.environ)
    sources = _sources()
    found = [_in_force(each, sources) for *_, own in sections() for each in own if words.upper() in each.name.upper()]
    if not found:
        raise SettingsError("no setting has this in its name", where="WORD", value=words, fix="leave it out to see all")
    if as_json:
        for each in found:
            typer.echo(json.dumps(asdict(each), ensure_ascii=False))
    else:
        rows = table("setting", "value", "unit", "from")
        for each in found:
            rows.add_row(each.name, f"[red]{escape(each.refused)}[/]" if each.refused else escape(str(each)), each.unit, each.origin)
        out.print(rows)
    if any(each.refused for each in found):
        raise typer.Exit(1)


def _sources() -> dict[str, dict[str, str]]:
    """Where a value may be from → what is given there; who comes first wins."""
    try:
        settings = LocalSettings.from_environment()
    except SettingsError:  # which is shown beside the name that it is of
        return {"environment": dict(os.environ)}
    written = envfile.read(settings_file(os.environ))  # and taken into the environment, where that has no other value
    return {
        f"{settings.env_file}": envfile.read(settings.env_file),
        f"{settings_file(os.environ)}": {name: value for name, value in written.items() & os.environ.items() if value},
        "environment": {name: value for name, value in os.environ.items() if value.strip()},
        "the stack that is up": {name: value for name, value in settings.remembered_ports().items() if value},
        f"{settings.secrets_file}": envfile.read(settings.secrets_file),
    }


def _in_force(each: Setting, sources: dict[str, dict[str, str]]) -> _InForce:
    prefix = each.name.removesuffix("*")
    for origin, given in sources.items():
        if each.type is dict and (names := [name for name in given if name.startswith(prefix)]):
            return _InForce(each.name, ", ".join(f"{name}={MASK}" for name in sorted(names)), each.unit, origin, "")
        if each.name in given:
            try:
                value = each.given(given)
            except SettingsError as error:
                return _InForce(each.name, "", each.unit, origin, str(error))
            return _InForce(each.name, MASK if each.secret else shown(value), each.unit, origin, "")
    value = "" if each.required else (each.unset or shown(each.default)).replace("`", "")
    return _InForce(each.name, value, each.unit, "not set" if each.required else "default", "")
