"""The database for published gold, in the PostgreSQL of the embedded stack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from local.parts import serving
from local.stack import Stack
from tests.serving_database import Serving, connect, serving_database


def test_made_once_more_it_keeps_its_tables_and_takes_the_passwords_of_the_secrets(tmp_path: Path) -> None:
    with serving_database(tmp_path / "home") as before:
        before.run("CREATE TABLE gold.kept AS SELECT 7 AS n")
        secrets = before.stack.credentials
        changed = replace(secrets, serving_publisher_password="another0123456789", serving_reader_password="yet0another0123456789")
        after = Serving(Stack(before.stack.settings, changed))
        serving.prepare(after.stack)
        assert after.ask("SELECT n FROM gold.kept") == [(7,)]
        connect(after.settings).close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            before.ask("SELECT n FROM gold.kept")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(before.settings)
