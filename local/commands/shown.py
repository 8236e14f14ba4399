"""How commands speak: one console for what was asked for, one for errors, and errors as a few readable lines.

Texts and cells come from records, logs and libraries: what a terminal may obey is shown, and never sent to it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer._click.exceptions import NoArgsIsHelpError, UsageError
from typer.core import TyperGroup

from include.errors import HeadwaterError
from include.words import visible
from local.commands.usage import in_our_words

# A pipe has no width: wide enough that a script finds a row on one line.
_PIPE_WIDTH = 240
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

out = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err = Console(stderr=True)


class Commands(TyperGroup):
    """Turns the errors that Headwater raises on purpose into a message and exit code 1, and those of options and arguments into one of
    the same form and exit code 2; any other keeps its trace."""

    def make_context(self, *args: Any, **extra: Any) -> typer.Context:
        with _errors_told():
            return super().make_context(*args, **extra)  # type: ignore[return-value]

    def invoke(self, ctx: typer.Context) -> Any:
        with _errors_told():
            return super().invoke(ctx)


@contextmanager
def _errors_told() -> Iterator[None]:
    try:
        yield
    except HeadwaterError as error:
        say(error)
        raise typer.Exit(1) from error
    except NoArgsIsHelpError:
        raise
    except UsageError as error:
        say(in_our_words(error))
        raise typer.Exit(error.exit_code) from error


def say(error: HeadwaterError) -> None:
    """What, where, value and fix, a line each."""
    err.print(f"[red]error[/] {escape(colourless(error.what))}", soft_wrap=True, highlight=False)
    for word, text in (("where", error.where), ("value", error.value), ("fix", error.fix)):
        if text not in ("", None):
            err.print(f"  [dim]{word:<6}[/]{escape(colourless(text))}", soft_wrap=True, highlight=False)


def tell(text: object) -> None:
    """A line of what was asked for, as it is."""
    out.print(plain(text), soft_wrap=True, highlight=False)


def plain(text: object) -> str:
    """The text for the console as it is, and no markup."""
    return escape(visible(str(text)))


def colourless(text: object) -> str:
    """The text without the colours that libraries put into their errors and logs."""
    return visible(_COLOURS.sub("", str(text)))


class _Table(Table):
    """A table whose cells, which may have markup, hold nothing that a terminal obeys."""

    def add_row(self, *cells: Any, **style: Any) -> None:
        super().add_row(*(visible(cell) if isinstance(cell, str) else cell for cell in cells), **style)


def table(*columns: str, title: str = "") -> Table:
    """A plain table; a column whose name begins with `>` is aligned right."""
    shown = _Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=title or None, title_justify="left", header_style="bold")
    for name in columns:
        shown.add_column(plain(name.lstrip(">")), justify="right" if name.startswith(">") else "left", overflow="fold")
    return shown
