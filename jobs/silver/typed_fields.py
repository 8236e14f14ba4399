"""valid records of any feed, in their last state of the day → its silver table, one row a record: the contract's fields as they are."""

from __future__ import annotations

from pyspark.sql import DataFrame

from include.contracts.model import Contract
from jobs.common.columns import ORIGIN


def typed_fields(current: DataFrame, contract: Contract) -> DataFrame:
    """The row count stays. The columns are the contract's fields, in its order and with its types and units, null where a record
    has none; the field that says when it happened is `event_time`, and stands there alone."""
    fields = [field.name for field in contract.fields if field.name != contract.event_time_field]
    return current.select(*fields, *ORIGIN)
