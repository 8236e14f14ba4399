"""What the tests of a stream driver share: the lease that lets it write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.lease import Lease, acquire
from include.settings import LakeSettings


@pytest.fixture
def lease(lake: LakeSettings) -> Iterator[Lease]:
    held = acquire(lake, "stream-test")
    yield held
    held.release()
