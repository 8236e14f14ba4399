"""The DAGs at work in a real Airflow: one whole stack for the tests of this folder, on ports and in a directory of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.browser import chromium, log_in
from include.catalog import GOLD
from local.plan import TASKS
from local.ports import NOBODY
from local.private_stack import stack_at
from local.stack import Stack
from local.unpaused import Unpaused
from tests.runs.person import PATIENCE_MS, Person
from tests.starting import start, stop


@pytest.fixture(scope="package")
def whole_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All there is, with topics and streams at work and without demo data; stopped after the folder's last test. Of the daily batches
    that of commerce alone runs: the first scheduled runs of the others would take minutes from the tests."""
    # Nobody answers the crypto poller: no test finds a record that it has not sent.
    stack = stack_at(tmp_path_factory.mktemp("runs"), CRYPTO_API_URL=f"http://{NOBODY}")
    for system in GOLD.keys() - {"commerce"}:
        Unpaused(stack.settings).leave(f"daily_{system}")
    try:
        start(stack, *TASKS)
        yield stack
    finally:
        stop(stack)


@pytest.fixture(scope="module")
def person(whole_stack: Stack) -> Iterator[Person]:
    """The administrator, who has found the page in Airflow's navigation."""
    access = whole_stack.client_environment()
    with chromium() as browser:
        page = browser.new_context(base_url=access["AIRFLOW_URL"]).new_page()
        page.set_default_timeout(PATIENCE_MS)
        log_in(page, access)
        state = page.context.storage_state()
        page.context.close()
        yield Person(browser, access["AIRFLOW_URL"], state)
