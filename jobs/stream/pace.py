"""How many records a micro-batch may hold: as many as fit the memory set aside for it, judged by what came before.

Kafka's source limits records, not bytes. A driver therefore starts small, so that even the largest records that a broker
takes fit, and grows once it has seen how heavy the records are.
"""

from __future__ import annotations

FIRST_LIMIT = 200
FADE = 0.8  # of the memory of heavy records, a micro-batch
WORTH_A_RESTART = 4  # a query that reads on with another limit is another query: seconds in which nothing is read


class Pace:
    def __init__(self, most_records: int, most_bytes: int) -> None:
        self._most_records, self._most_bytes = most_records, most_bytes
        self._heaviest = 0.0  # bytes a record; fades, so that a few large records do not slow a stream for ever
        self.full = False
        self.limit = min(FIRST_LIMIT, most_records)

    def saw(self, records: int, size: int) -> None:
        """Takes note of a micro-batch of `size` bytes."""
        if records:
            self._heaviest = max(size / records, self._heaviest * FADE)
        self.full = records >= 0.9 * self.limit

    def _wanted(self) -> int:
        if not self._heaviest:
            return self.limit
        return int(max(min(self._most_bytes / self._heaviest, self._most_records), min(FIRST_LIMIT / 4, self._most_records)))

    def wants_change(self) -> bool:
        """Whether the limit is far from right: micro-batches are full and could be larger, or are too heavy."""
        wanted = self._wanted()
        worth_it = min(WORTH_A_RESTART * self.limit, self._most_records)
        could_be_larger = self.full and wanted >= worth_it > self.limit
        return could_be_larger or (self.limit > FIRST_LIMIT and self.limit > 2 * wanted)

    def adjust(self) -> int:
        """The limit for the next query."""
        self.limit, self.full = self._wanted(), False
        return self.limit
