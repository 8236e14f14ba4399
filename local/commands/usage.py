"""What is wrong with the words of a command line, as an error of ours: what, where, which value, and how to fix it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from typer._click.exceptions import BadOptionUsage, BadParameter, MissingParameter, NoSuchOption, UsageError
from typer.core import TyperGroup

from include.errors import SettingsError
from include.words import among

_KINDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", datetime: "a UTC day, such as 2026-03-01"}
_NO_COMMAND, _TOO_MANY = re.compile(r"No such command '(.*?)'\."), re.compile(r"unexpected extra argument\(s\) \((.*)\)", re.DOTALL)


def in_our_words(error: UsageError) -> SettingsError:
    """The library's error, which names neither value nor fix, as ours."""
    place = " ".join(["headwater", *(error.ctx.command_path.split()[1:] if error.ctx else ())])
    if isinstance(error, MissingParameter) and error.param:
        return SettingsError(f"{_name(error.param)} is missing", where=place, fix=_asked(error.param))
    if isinstance(error, BadParameter) and error.param:
        found = error.__cause__.errors() if hasattr(error.__cause__, "errors") else [{"input": None}]
        what = f"this is no value of {_name(error.param)}"
        return SettingsError(what, where=place, value=found[0]["input"], fix=_asked(error.param))
    if isinstance(error, NoSuchOption):
        known = (
            [option for each in error.ctx.command.get_params(error.ctx) for option in each.opts if option.startswith("-")]
            if error.ctx
            else []
        )
        return SettingsError("there is no such option", where=place, value=error.option_name, fix=among(error.option_name, known))
    if isinstance(error, BadOptionUsage):
        alone = "does not take" in error.message
        what = f"{error.option_name} {'takes no value' if alone else 'lacks its value'}"
        return SettingsError(
            what, where=place, fix="write it alone" if alone else f"write {error.option_name} and the value; --help says which"
        )
    if (found := _NO_COMMAND.match(error.message)) and error.ctx and isinstance(error.ctx.command, TyperGroup):
        return SettingsError("there is no such command", where=place, value=found[1], fix=among(found[1], error.ctx.command.commands))
    if found := _TOO_MANY.search(error.message):
        return SettingsError(
            "there is a word too many", where=place, value=found[1], fix=f"leave it out; `{place} --help` says what it takes"
        )
    return SettingsError(error.message, where=place, fix=f"`{place} --help` says what it takes")


def _name(parameter: Any) -> str:
    """--limit, or NAME."""
    return str(parameter.opts[0]) if parameter.param_type_name == "option" else str(parameter.name).upper()


def _asked(parameter: Any) -> str:
    """Of which kind the value is, within which bounds, and what it means."""
    asked = parameter.type_descriptor
    kind = f"one of {', '.join(map(str, asked.choices))}" if asked.choices else _KINDS.get(asked.annotation, "")
    bounds = [
        f"{word} {bound:g}" for word, bound in (("from", asked.parameter_info.min), ("to", asked.parameter_info.max)) if bound is not None
    ]
    means = re.sub(r"\[/?\w*\]", "", parameter.help or "")
    return ": ".join(filter(None, (" ".join(filter(None, (kind, *bounds))), means)))
