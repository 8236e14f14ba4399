from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from include.errors import StoreError
from local.cli import app
from local.commands.shown import say

COMMANDS = [
    *("up", "down", "clean", "status", "logs", "airflow"),
    *("produce", "run", "replay", "rebuild", "drift", "shell", "table", "ledger", "lag", "topics", "incidents", "mail", "env"),
    *("settings", "drill"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LAKE_URI", raising=False)
    return tmp_path / "home"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Example:" in result.stdout


def test_the_list_of_commands_is_whole() -> None:
    assert [command.name for command in app.registered_commands] == COMMANDS


def test_without_a_stack_a_client_is_told_how_to_start_one(home: Path) -> None:
    result = run("table", "gold.product_sales")
    assert result.exit_code == 1
    assert "there is no stack here yet" in result.stderr
    assert "make up" in result.stderr


def test_an_unknown_log_lists_the_known_ones(home: Path) -> None:
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "kafka.log").write_text("started\n")
    assert "known: kafka" in run("logs", "zookeeper").stderr
    assert run("logs", "kafka").stdout == "started\n"


def test_an_unknown_part_lists_the_known_ones(home: Path) -> None:
    result = run("up", "--only", "kafka,zookeeper")
    assert result.exit_code == 1
    assert "zookeeper" in result.stderr
    assert "minio" in result.stderr
    assert not home.exists()


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("produce", "orders"), "known: all, clicks, ratings, views"),
        (("lag", "orders"), "known: all, clicks, ratings, views"),
        (("stream", "resume", "orders", "--from", "rows"), "known: clicks, ratings, views"),
        (("stream", "resume", "all", "--from", "rows"), "known: clicks, ratings, views"),
    ],
)
def test_an_unknown_feed_lists_the_known_ones(home: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], known: str) -> None:
    monkeypatch.setenv("LAKE_URI", "s3://lakehouse")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert known in run(*words).stderr


def test_status_of_no_stack_is_down_and_not_zero(home: Path) -> None:
    result = run("status")
    assert result.exit_code == 3
    assert {line.split()[1] for line in result.stdout.splitlines()[1:]} == {"down"}


def test_down_of_no_stack_is_no_error_and_makes_nothing(home: Path) -> None:
    assert run("down").exit_code == 0
    assert not home.exists()


def test_clean_removes_what_the_stack_kept(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "secrets.env").touch()
    assert run("clean").exit_code == 0
    assert not home.exists()


def test_clean_leaves_a_folder_alone_that_is_no_stacks(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    result = run("clean")
    assert result.exit_code == 1
    assert "nothing is removed" in result.stderr
    assert (home / "data").exists()


def test_too_little_disk_is_said_before_anything_starts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_FREE_DISK_MB", "999999999")
    result = run("up", "--only", "kafka")
    assert result.exit_code == 1
    assert "MB of disk are free" in result.stderr
    assert not (home / "env").exists()


def test_no_mail_is_said(home: Path) -> None:
    assert run("mail").stdout == "no mail\n"


def test_an_error_of_a_library_comes_without_its_colours(capsys: pytest.CaptureFixture[str]) -> None:
    say(StoreError("no answer: \x1b[31m↳\x1b[0m [refused]", where="http://127.0.0.1:9000", fix="start it"))
    assert "no answer: ↳ [refused]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["stream"], "add --available-now"),
        (["stream", "--available-now", "--day", "2026-03-01"], "no --day or --conf"),
        (["commerce", "--available-now"], "this is for `stream` alone"),
        (["commerce", "--day", "yesterday"], "yesterday"),
        (["commerce"], "there is no stack here yet"),
        (["stream", "--available-now"], "there is no stack here yet"),
    ],
)
def test_run_says_what_it_cannot_do(home: Path, words: list[str], told: str) -> None:
    result = run("run", *words)
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert not home.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["commerce"], "--from"),
        (["--from", "2026-03-01"], "which tables"),
        (["commerce", "--from", "2026-03-01", "--apply", "--undo", "20261120T093000-0a1b2c"], "one of them"),
        (["commerce", "--from", "yesterday"], "yesterday"),
        (["--undo", "20261120T093000-0a1b2c", "--to", "2026-03-01"], "give --from as well"),
        (["commerce", "--from", "2026-03-01"], "there is no stack here yet"),
        (["--undo", "20261120T093000-0a1b2c"], "there is no stack here yet"),
    ],
)
def test_rebuild_says_what_it_cannot_do(home: Path, words: list[str], told: str) -> None:
    result = run("rebuild", *words)
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert not home.exists()


def test_a_shell_without_a_stack_says_how_to_start_one(home: Path) -> None:
    result = run("shell", "-c", "spark.range(1)")
    assert result.exit_code == 1
    assert "make up" in result.stderr
