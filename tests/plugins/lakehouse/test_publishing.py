"""Where the task `publish` publishes to: a connection says it, or nobody, and then it is skipped."""

from __future__ import annotations

import json

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from lakehouse.publishing import serving_settings

from include.errors import SettingsError
from jobs.serving.database import ServingSettings
from local import airflow_connections
from local.credentials import Credentials
from local.settings import LocalSettings
from local.stack import Stack

CONNECTION = {"conn_type": "postgres", "host": "db.example.org", "schema": "serving", "login": "publisher", "password": "a-long-secret"}


def given(monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HEADWATER_SERVING", json.dumps(CONNECTION | more))


def test_without_a_connection_the_task_is_skipped() -> None:
    with pytest.raises(AirflowSkipException, match="no connection headwater_serving: nothing is published"):
        serving_settings()


def test_connection_says_where_as_whom_and_how(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, port=6432, extra={"sslmode": "verify-full"})
    found = serving_settings()
    assert found == ServingSettings("db.example.org", 6432, "serving", "publisher", "a-long-secret", {"sslmode": "verify-full"})
    assert "a-long-secret" not in repr(found)


def test_connection_that_lacks_something_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, schema=None)
    with pytest.raises(SettingsError, match="schema") as raised:
        serving_settings()
    assert "a-long-secret" not in str(raised.value)


@pytest.mark.parametrize("serving", [True, False])
def test_embedded_stack_has_the_connection_where_it_has_the_database(
    serving: bool, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(home), "HEADWATER_SERVING": str(int(serving))})
    found = airflow_connections.environment(Stack(settings, Credentials.load_or_create(settings)))
    assert ("AIRFLOW_CONN_HEADWATER_SERVING" in found) == serving
    if serving:
        monkeypatch.setenv("AIRFLOW_CONN_HEADWATER_SERVING", found["AIRFLOW_CONN_HEADWATER_SERVING"])
        assert (serving_settings().database, serving_settings().user) == ("serving", "headwater_publisher")
