"""A store for the controller's notes, and one driver of this host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.settings import LakeSettings
from tests.include.streams.drivers import HERE, Drivers
from tests.s3 import S3, s3


@pytest.fixture(scope="module")
def store() -> Iterator[S3]:
    with s3() as store:
        yield store


@pytest.fixture
def lake(store: S3) -> LakeSettings:
    store.objects.clear()
    return store.lake


@pytest.fixture
def drivers(lake: LakeSettings) -> Drivers:
    return Drivers(lake, {HERE})
