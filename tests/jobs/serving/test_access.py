"""Who may read what is published, and that no more is possible; and who is refused, without a word of the secret."""

from __future__ import annotations

import psycopg
import pytest

from include.errors import ServingError, ServingRefused
from include.settings import LakeSettings
from jobs.serving.publish import publish
from tests.jobs.serving.published import DAYS, put, simple
from tests.serving_database import Serving


def test_reader_reads_what_is_published_and_can_do_nothing_else(serving: Serving, lake: LakeSettings) -> None:
    put(lake, "t", DAYS[0], simple(DAYS[0], 2))
    publish(lake, serving.settings, ["t"])
    assert len(serving.ask("SELECT table_name FROM gold._published_days")) == 1
    for statement in (
        "INSERT INTO gold.t (n) VALUES (1)",
        "UPDATE gold.t SET n = 0",
        "DELETE FROM gold.t",
        "TRUNCATE gold.t",
        "DROP TABLE gold.t",
        "CREATE TABLE gold.mine (n int)",
        "CREATE TABLE public.mine (n int)",
        "CREATE TEMPORARY TABLE mine (n int)",
    ):
        writing = psycopg.connect(serving.reader, options="-c default_transaction_read_only=off")
        with writing as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())
    with psycopg.connect(serving.reader) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE mine (n int)")


@pytest.mark.parametrize("of_publisher", [True, False])
def test_nobody_who_reads_or_publishes_gold_opens_airflows_database(serving: Serving, of_publisher: bool) -> None:
    owner = f"postgresql://{serving.settings.user}:{serving.settings.password}@127.0.0.1:{serving.settings.port}/serving"
    address = (owner if of_publisher else serving.reader).removesuffix("/serving") + "/postgres"
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(address)


def test_wrong_password_and_missing_schema_are_told_without_the_secret(serving: Serving, lake: LakeSettings) -> None:
    put(lake, "t", DAYS[0], simple(DAYS[0], 2))
    wrong = type(serving.settings)("127.0.0.1", serving.settings.port, "serving", serving.settings.user, "a-wrong-secret")
    with pytest.raises(ServingError, match="password authentication failed") as raised:
        publish(lake, wrong, ["t"])
    assert "127.0.0.1" in raised.value.where
    assert "a-wrong-secret" not in f"{raised.value}{raised.value.__cause__}{wrong!r}"
    serving.run("ALTER SCHEMA gold RENAME TO away")
    try:
        with pytest.raises(ServingRefused, match="no schema gold"):
            publish(lake, serving.settings, ["t"])
    finally:
        serving.run("ALTER SCHEMA away RENAME TO gold")
