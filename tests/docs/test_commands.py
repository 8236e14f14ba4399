"""README and docs: every `headwater …` that they tell people to type is one that the command line has, with such options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from local.cli import app
from local.settings import REPOSITORY
from tests.pages import DOCS

GENERATED = DOCS / "reliability.md"
PAGES = [REPOSITORY / "README.md", *sorted(page for page in DOCS.rglob("*.md") if page != GENERATED)]
# In a line of shell, or in a span of code: up to what ends either.
COMMAND = re.compile(r"(?:^|`|\.venv/bin/|&& )headwater ([a-z][^`#|;\n]*)", re.MULTILINE)
ROOT = typer.main.get_command(app)


def commands(page: Path) -> Iterator[list[str]]:
    for found in COMMAND.finditer(page.read_text()):
        yield shlex.split(found[1].split("&&")[0])


def wrong(words: list[str]) -> str | None:
    """What the command line does not have; None where all is there. Values are not looked at: many are FEED or …"""
    command = ROOT
    while isinstance(command, TyperGroup) and words:
        name, *words = words
        if name not in command.commands:
            return f"no command {name}"
        command = command.commands[name]
    if command.context_settings.get("ignore_unknown_options"):
        return None  # the rest is another program's
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in known | {"--help", "-h"}]
    return f"no option {', '.join(unknown)}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_commands_of_a_page_are_there(page: Path) -> None:
    assert {" ".join(words): what for words in commands(page) if (what := wrong(list(words)))} == {}


def test_pages_are_read() -> None:
    found = [words for page in PAGES for words in commands(page)]
    assert len(found) > 50
    assert ["drill", "kill-driver", "--short"] in found


@pytest.mark.parametrize(("words", "what"), [("replai metrics", "no command replai"), ("ledger --jason", "no option --jason")])
def test_a_wrong_one_is_found(words: str, what: str) -> None:
    assert wrong(words.split()) == what
