from __future__ import annotations

import stat
from dataclasses import astuple
from pathlib import Path

from local import envfile
from local.credentials import Credentials
from local.settings import LocalSettings

CLIENT_VARIABLES = {
    "KAFKA_BOOTSTRAP_SERVERS", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_ALLOW_HTTP", "LAKE_URI", "AIRFLOW_URL", "AIRFLOW_USERNAME", "AIRFLOW_PASSWORD", "SPARK_REMOTE", "SPARK_CONNECT_AUTHENTICATE_TOKEN",
    "PLANETS_API_URL", "PLANETS_API_TOKEN", "METRICS_TOKEN",
}  # fmt: skip


def settings_of(home: Path, **more: str) -> LocalSettings:
    return LocalSettings.from_environment({"HEADWATER_HOME": str(home), **more})


def test_a_client_finds_all_it_needs_in_one_file(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    Credentials.load_or_create(settings).write(settings)
    assert set(envfile.read(settings.env_file)) == CLIENT_VARIABLES


def test_a_reader_of_published_gold_gets_in_where_there_is_any(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, HEADWATER_SERVING="1")
    credentials = Credentials.load_or_create(settings)
    credentials.write(settings)
    assert set(envfile.read(settings.env_file)) == CLIENT_VARIABLES | {"SERVING_URL"}
    assert credentials.serving_publisher_password not in settings.env_file.read_text()


def test_secrets_of_the_parts_are_not_in_the_client_file(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    credentials = Credentials.load_or_create(settings)
    credentials.write(settings)
    assert credentials.postgres_password not in settings.env_file.read_text()
    assert credentials.postgres_password in settings.secrets_file.read_text()


def test_both_files_are_the_owners_alone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    Credentials.load_or_create(settings).write(settings)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (settings.env_file, settings.secrets_file)} == {0o600}


def test_credentials_are_kept_and_addresses_follow_the_ports(tmp_path: Path) -> None:
    before = Credentials.load_or_create(settings_of(tmp_path))
    before.write(settings_of(tmp_path))
    moved = settings_of(tmp_path, HEADWATER_KAFKA_PORT="7001")
    after = Credentials.load_or_create(moved)
    after.write(moved)
    assert after == before
    assert envfile.read(moved.env_file)["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:7001"


def test_two_stacks_share_no_secret(tmp_path: Path) -> None:
    one, other = (Credentials.load_or_create(settings_of(tmp_path / name)) for name in ("one", "other"))
    assert not set(astuple(one)) & set(astuple(other))


def test_a_secret_is_not_printed_with_its_owner(tmp_path: Path) -> None:
    credentials = Credentials.load_or_create(settings_of(tmp_path))
    assert credentials.airflow_password not in repr(credentials)
