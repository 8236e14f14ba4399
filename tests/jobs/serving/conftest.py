"""A PostgreSQL to publish to, of the folder's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving_database import Serving, serving_database


@pytest.fixture(scope="package")
def one_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving_database(tmp_path_factory.mktemp("serving")) as serving:
        yield serving


@pytest.fixture
def serving(one_for_all: Serving) -> Serving:
    """The database, with nothing published."""
    for (name,) in one_for_all.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'gold'"):
        one_for_all.run(f'DROP TABLE gold."{name}"')
    return one_for_all
