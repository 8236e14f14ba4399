"""The files that let Compose and its clients in."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from include.errors import SettingsError
from local import envfile
from local.containers.secrets import FURTHER, write
from local.settings import REPOSITORY


def test_both_files_are_their_owners_alone(tmp_path: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in write(tmp_path, {})} == {0o600}


def test_secrets_stay_and_so_does_what_a_person_has_set(tmp_path: Path) -> None:
    compose, client = write(tmp_path, {})
    before = envfile.read(compose)
    envfile.write(compose, {**before, "HEADWATER_AIRFLOW_PORT": "8888", "COMPOSE_PROFILES": "metrics"}, title="mine")
    write(tmp_path, {})
    assert envfile.read(compose) == {**before, "HEADWATER_AIRFLOW_PORT": "8888", "COMPOSE_PROFILES": "metrics"}
    assert envfile.read(client)["AIRFLOW_URL"] == "http://127.0.0.1:8888"


def test_a_secret_that_came_with_a_later_version_is_added(tmp_path: Path) -> None:
    compose, _ = write(tmp_path, {})
    before = envfile.read(compose)
    envfile.write(compose, {name: value for name, value in before.items() if name not in FURTHER}, title="older")
    write(tmp_path, {})
    after = envfile.read(compose)
    assert after.keys() == before.keys()
    assert {name for name in before if before[name] != after[name]} == set(FURTHER)


def test_every_secret_is_another(tmp_path: Path) -> None:
    values = list(envfile.read(write(tmp_path, {})[0]).values())
    assert len(set(values)) == len(values)
    assert min(map(len, values)) >= 20


def test_client_has_what_compose_has_under_the_names_that_clients_know(tmp_path: Path) -> None:
    compose, client = (envfile.read(path) for path in write(tmp_path, {}))
    assert client["AWS_SECRET_ACCESS_KEY"] == compose["HEADWATER_AWS_SECRET_ACCESS_KEY"]
    assert client["AIRFLOW_PASSWORD"] == compose["HEADWATER_AIRFLOW_PASSWORD"]
    assert compose["HEADWATER_POSTGRES_PASSWORD"] not in client.values()


def test_port_of_the_environment_wins_as_it_does_in_compose(tmp_path: Path) -> None:
    _, client = write(tmp_path, {"HEADWATER_S3_PORT": "9999"})
    assert envfile.read(client)["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9999"


def test_port_that_is_none_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HEADWATER_S3_PORT"):
        write(tmp_path, {"HEADWATER_S3_PORT": "many"})


def test_a_clean_clone_and_python_are_enough(tmp_path: Path) -> None:
    for folder in ("local", "include"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    code = "import sys; sys.path.insert(0, '.'); from local.containers.secrets import main; main()"
    # -I and -S: no packages, no environment of ours.
    subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert {path.name for path in tmp_path.iterdir()} == {"local", "include", ".env", ".env.client"}
