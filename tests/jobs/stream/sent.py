"""Records as the live tables' reading of Kafka hands them over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from jobs.stream.live_feed import RECORDS
from jobs.stream.slices import Slice


def slice_of(values: Sequence[bytes], first: int, times: Sequence[datetime]) -> Slice:
    """Of partition 0, from the offset `first` on; `times` are Kafka's."""
    columns = {"value": values, "partition": [0] * len(values), "offset": range(first, first + len(values)), "event_time": times}
    return Slice(0, first, first + len(values), pa.table({name: list(column) for name, column in columns.items()}, RECORDS))
