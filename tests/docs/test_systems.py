"""docs/systems: each page's queries, by DuckDB over the tables of a seeded day, give rows with the columns that the page names."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import duckdb
import pytest
from deltalake import DeltaTable

from include.catalog import gold_tables, silver_tables
from include.contracts import load_contracts
from include.settings import LakeSettings
from tests.jobs.seeded_days import BuiltSystem
from tests.pages import DOCS, blocks

pytestmark = pytest.mark.batch

CONTRACTS = load_contracts()
PAGES = sorted(path.stem for path in (DOCS / "systems").glob("*.md"))
SYSTEMS = {page: page.replace("-", "_") for page in PAGES}
QUERIES = [(page, number) for page in PAGES for number in range(len(blocks(f"systems/{page}.md", "sql")))]

Database = Callable[[str], duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def database(built_system: BuiltSystem) -> Database:
    """A system's tables, silver and gold of a seeded day, as docs/clients.md opens them."""

    @cache
    def of_system(system: str) -> duckdb.DuckDBPyConnection:
        feeds = [contract.feed for contract in CONTRACTS.of_system(system)]
        silver = [f"silver.{name}" for feed in feeds for name in silver_tables(feed)]
        return connected(built_system(system)[0], [*silver, *(f"gold.{name}" for name in gold_tables(system, feeds))])

    return of_system


def connected(lake: LakeSettings, addresses: list[str]) -> duckdb.DuckDBPyConnection:
    """As the function of docs/clients.md does it."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for address in addresses:
        layer, _, name = address.partition(".")
        connection.register(f"{layer}_{name}", DeltaTable(lake.table_uri(address)).to_pyarrow_dataset())
        connection.execute(f"create schema if not exists {layer}; create view {address} as from {layer}_{name}")
    return connection


def named_columns(page: str) -> list[list[str]]:
    """What the page says that each of its queries gives."""
    lines = re.findall(r"^Gives (.*)\.$", (DOCS / f"systems/{page}.md").read_text(encoding="utf-8"), re.MULTILINE)
    return [re.findall(r"`(\w+)`", line) for line in lines]


def test_every_system_has_a_page_with_three_queries() -> None:
    assert set(SYSTEMS.values()) >= {"planets", "smart_city", "clickstream", "crypto", "commerce"}
    assert {page: (len(blocks(f"systems/{page}.md", "sql")), len(named_columns(page))) for page in PAGES} == dict.fromkeys(PAGES, (3, 3))


@pytest.mark.parametrize(("page", "number"), QUERIES)
def test_query_gives_rows_with_the_columns_that_the_page_names(page: str, number: int, database: Database) -> None:
    query = blocks(f"systems/{page}.md", "sql")[number]
    found = database(SYSTEMS[page]).sql(query)
    assert found.columns == named_columns(page)[number]
    assert found.fetchall()


@pytest.mark.parametrize("page", PAGES)
def test_page_speaks_of_every_feed_and_table_of_its_system(page: str) -> None:
    text = (DOCS / f"systems/{page}.md").read_text(encoding="utf-8")
    feeds = [contract.feed for contract in CONTRACTS.of_system(SYSTEMS[page])]
    wanted = {*feeds, *gold_tables(SYSTEMS[page], feeds), *(name for feed in feeds for name in silver_tables(feed))}
    assert {name for name in wanted if name not in text} == set()
