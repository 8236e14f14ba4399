"""The drills' proxy before the real store: what is signed stays valid, and a commit whose reply is lost is known as one's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from drills.proxy import Proxy
from drills.store_faults import COMMIT, PASSED, Fate, Request
from include import objects
from include.errors import StoreError
from include.lease import acquire
from include.settings import LakeSettings
from jobs.stream.handle import TableHandle, of_feeds
from local.stack import Stack

pytestmark = pytest.mark.integration

ROWS = pa.table({"n": [1, 2, 3]})


@pytest.fixture
def proxy(stack: Stack) -> Iterator[Proxy]:
    with Proxy(stack.settings.ports.s3) as proxy:
        yield proxy


@pytest.fixture
def lake(stack: Stack, proxy: Proxy) -> LakeSettings:
    """A lake of the test's own, by way of the proxy."""
    direct = LakeSettings.from_environment(stack.client_environment())
    return replace(direct, uri=f"{direct.uri}/{uuid.uuid4().hex}", endpoint_url=proxy.url)


def test_signed_requests_of_both_clients_stay_valid(lake: LakeSettings, proxy: Proxy) -> None:
    etag = objects.create(lake, "a.json", {"is": 1})
    assert etag is not None
    assert objects.create(lake, "a.json", {"is": 2}) is None
    assert objects.replace(lake, "a.json", {"is": 3}, etag) is not None
    write_deltalake(lake.table_uri("bronze.numbers"), ROWS, storage_options=lake.delta_options())
    assert DeltaTable(lake.table_uri("bronze.numbers"), storage_options=lake.delta_options()).to_pyarrow_table() == ROWS
    assert set(proxy.fates) == {"passed"}


def test_a_refusal_is_tried_again_and_a_store_that_only_refuses_is_an_error(lake: LakeSettings, proxy: Proxy) -> None:
    refused = Fate("refused", status="503 Slow Down", code="SlowDown")
    fates = iter([refused])
    proxy.decide = lambda _request: next(fates, PASSED)
    objects.write(lake, "a.json", {"is": 1})
    assert proxy.fates == {"refused": 1, "passed": 1}
    proxy.decide = lambda _request: refused
    with pytest.raises(StoreError):
        objects.write(lake, "a.json", {"is": 2})


def test_a_commit_whose_reply_is_lost_is_known_as_ones_own(lake: LakeSettings, proxy: Proxy) -> None:
    lost: list[str] = []

    def lose_one(request: Request) -> Fate:
        if COMMIT.match(str(request)) and "00000000000000000001" in request.path and not lost:
            lost.append(request.path)
            return Fate("lost")
        return PASSED

    proxy.decide = lose_one
    # delta-rs holds Python's lock while it reads a table's history: in this process the proxy could not answer it.
    with ProcessPoolExecutor(1, get_context("spawn")) as another:
        another.submit(commit_twice, lake).result(timeout=120)
    assert len(lost) == 1
    assert DeltaTable(lake.table_uri("bronze.numbers"), storage_options=lake.delta_options()).count() == 9


def commit_twice(lake: LakeSettings) -> None:
    """Three rows, and three again by each of two commits of a stream's."""
    address, options = lake.table_uri("bronze.numbers"), lake.delta_options()
    write_deltalake(address, ROWS, storage_options=options)
    lease = acquire(lake, "numbers")
    handle = TableHandle("bronze.numbers", lake, lease, DeltaTable(address, storage_options=options))
    for _ in range(2):
        handle.commit(ROWS, of_feeds({}, {}, lease.epoch))
