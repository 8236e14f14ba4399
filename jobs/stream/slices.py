"""What one reading of Kafka brings of one partition."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Slice:
    """Consecutive records of one partition, offsets ascending."""

    partition: int
    first: int
    next: int
    records: pa.Table

    def beyond(self, offset: int) -> Slice | None:
        """What of it lies at or after the offset."""
        if self.first >= offset:
            return self
        if self.next <= offset:
            return None
        start = int(pc.sum(pc.less(self.records["offset"], offset)).as_py())
        return Slice(self.partition, offset, self.next, self.records.slice(start))
