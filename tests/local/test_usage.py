"""What is said of words that a command does not take: what, where, which value, and how to fix it. In one place, for all commands."""

from __future__ import annotations

import shlex

import pytest
from typer.testing import CliRunner

from local.cli import app


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("table x --limit abc", ["no value of --limit", "headwater table", "abc", "a whole number from 1: At most so many rows."]),
        ("table x --limit 0", ["no value of --limit", "headwater table", "0", "a whole number from 1"]),
        ("incidents --hours 1000", ["no value of --hours", "headwater incidents", "1000", "a number from 0.1 to 720"]),
        ("run commerce --day yesterday", ["no value of --day", "headwater run", "yesterday", "a UTC day, such as 2026-03-01"]),
        ("stream resume clicks --from foo", ["no value of --from", "headwater stream resume", "foo", "one of rows, earliest, latest"]),
        ("stream resume clicks", ["--from is missing", "headwater stream resume", "one of rows, earliest, latest"]),
        ("produce", ["FEED is missing", "headwater produce", "A feed, or all."]),
        ("ledger --jason", ["no such option", "headwater ledger", "--jason", "did you mean --json"]),
        ("produce all --rate", ["--rate lacks its value", "headwater", "write --rate and the value"]),
        ("ledger --days=3", ["--days takes no value", "headwater", "write it alone"]),
        ("tabel", ["no such command", "headwater", "tabel", "did you mean table? known: up"]),
        ("stream foo", ["no such command", "headwater stream", "foo", "known: resume"]),
        ("ledger a b", ["a word too many", "headwater ledger", "b", "leave it out; `headwater ledger --help`"]),
        ("--nope", ["no such option", "headwater", "--nope", "known: "]),
        ("logs 'a\x1b[31m' --x\x1b[0m", ["no such option", "headwater logs", "--x", "known: "]),
    ],
)
def test_an_error_of_the_command_line_says_what_where_which_value_and_how_to_fix_it(words: str, told: list[str]) -> None:
    result = CliRunner().invoke(app, shlex.split(words))
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert [line.split()[0] for line in lines] == (["error", "where", "fix"] if len(told) == 3 else ["error", "where", "value", "fix"])
    assert all(part in line for part, line in zip(told, lines, strict=True))
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("words", [[], ["stream"]])
def test_without_a_command_there_is_help(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert "Usage" in result.stdout + result.stderr
    assert "error" not in result.stderr
