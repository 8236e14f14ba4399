from __future__ import annotations

import pytest

from include.settings import LakeSettings
from tests.jobs.audit.tables import Bronze


@pytest.fixture
def bronze(lake: LakeSettings) -> Bronze:
    return Bronze(lake)
