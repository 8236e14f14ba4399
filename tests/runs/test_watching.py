"""The DAG `watch` by its schedule."""

from __future__ import annotations

import time

import pytest

from include.contracts import load_contracts
from include.ops_tables import get_rows
from include.settings import LakeSettings
from include.watch.lag_samples import LAG
from local.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_every_minute_the_lag_of_every_partition_is_noted(whole_stack: Stack) -> None:
    lake = LakeSettings.from_environment(whole_stack.client_environment())
    until = time.monotonic() + 600
    while len({row["sampled_at"] for row in get_rows(lake, LAG)}) < 2:
        assert time.monotonic() < until, "nobody has looked twice"
        time.sleep(1)
    found = {(row["feed"], row["partition"]) for row in get_rows(lake, LAG)}
    assert len(found) == sum(contract.topic.partitions for contract in load_contracts().feeds.values())
