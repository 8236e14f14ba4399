"""The columns of the tables that dashboards read, found once."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from tests.plugins.lakehouse.web.dashboards.gold_rows import Schemas, schemas_of


@pytest.fixture(scope="session")
def schemas(spark: SparkSession) -> Schemas:
    return schemas_of(spark)
