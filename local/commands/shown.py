"""How commands speak: one console for what was asked for, one for errors, and errors as a few readable lines."""

from __future__ import annotations

import re
import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from include.errors import HeadwaterError

# A pipe has no width: wide enough that a script finds a row on one line.
_PIPE_WIDTH = 240
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

out = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err = Console(stderr=True)


class Commands(TyperGroup):
    """Turns the errors that Headwater raises on purpose into a message and exit code 1; any other keeps its trace."""

    def invoke(self, ctx: typer.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HeadwaterError as error:
            say(error)
            raise typer.Exit(1) from error


def say(error: HeadwaterError) -> None:
    """What, where, value and fix, a line each."""
    err.print(f"[red]error[/] {_plain(error.what)}", soft_wrap=True, highlight=False)
    for word, text in (("where", error.where), ("value", error.value), ("fix", error.fix)):
        if text not in ("", None):
            err.print(f"  [dim]{word:<6}[/]{_plain(text)}", soft_wrap=True, highlight=False)


def _plain(text: object) -> str:
    """The text for the console, without the colours that libraries put into their errors."""
    return escape(_COLOURS.sub("", str(text)))


def table(*columns: str, title: str = "") -> Table:
    """A plain table; a column whose name begins with `>` is aligned right."""
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=title or None, title_justify="left", header_style="bold")
    for name in columns:
        shown.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
    return shown
