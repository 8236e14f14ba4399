"""`headwater settings`: what counts now, where it is from, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local import envfile
from local.cli import app
from local.settings import LocalSettings

SECRET = "a-canary-that-nobody-may-see"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["settings", *words])


def shown(*words: str) -> dict[str, tuple[str, str]]:
    """Setting → its value and where it is from."""
    lines = map(json.loads, run(*words, "--json").stdout.splitlines())
    return {line["name"]: (line["value"], line["origin"]) for line in lines}


def test_a_value_is_shown_with_where_it_is_from(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_STREAM_WRITER", "executors")
    LocalSettings.from_environment({"HEADWATER_HOME": str(home), "HEADWATER_KAFKA_PORT": "7777"}).remember_ports()
    envfile.write(home / "env", {"LAKE_URI": "s3://lakehouse"}, title="")
    found = shown()
    assert found["HEADWATER_STREAM_WRITER"] == ("executors", "environment")
    assert found["HEADWATER_STREAM_BATCH_ROWS"] == ("100000", "default")
    assert found["HEADWATER_KAFKA_PORT"] == ("7777", "the stack that is up")
    assert found["LAKE_URI"] == ("s3://lakehouse", str(home / "env"))
    assert found["HEADWATER_SMTP_PASSWORD"] == ("", "not set")


def test_a_word_chooses(home: Path) -> None:
    assert set(shown("disk")) == {"HEADWATER_FREE_DISK_MB"}
    assert "no setting has this in its name" in run("teapot").stderr


def test_secrets_are_masked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "KAFKA_CLIENT_SASL_PASSWORD", "CRYPTO_API_KEY", "METRICS_TOKEN"):
        monkeypatch.setenv(name, SECRET)
    envfile.write(home / "secrets.env", {"HEADWATER_POSTGRES_PASSWORD": SECRET}, title="")
    for told in (run(), run("--json")):
        assert told.exit_code == 0
        assert "KAFKA_CLIENT_SASL_PASSWORD" in told.stdout
        assert SECRET not in told.output
    assert shown("postgres_password")["HEADWATER_POSTGRES_PASSWORD"][0] == "•••"


def test_what_cannot_be_used_is_shown_beside_its_name_and_fails(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_S3_PORT", "70000")
    told = run("port")
    assert told.exit_code == 1
    assert "larger than 65535" in told.stdout
    assert "HEADWATER_KAFKA_PORT" in told.stdout


def test_a_mistyped_name_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_STREAM_TRIGER_MILLISECONDS", "5")
    told = run()
    assert told.exit_code == 1
    assert "HEADWATER_STREAM_TRIGGER_MILLISECONDS" in told.stderr
