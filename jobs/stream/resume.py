"""Where a feed reads on when its table has no offsets to go by: a person's choice, told first and then written as a stream writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, QueryBuilder

from include import kafka as broker
from include.contracts import Contract
from include.delta_log import open_table, transaction_offsets
from include.errors import StreamError, TopicError
from include.gaps import RETENTION, SKIPPED, Gap, declare
from include.incidents import close_incident
from include.lease import Lease
from include.settings import KafkaSettings, LakeSettings
from include.words import many
from jobs.stream import bronze
from jobs.stream.handle import TableHandle
from jobs.stream.losses import offsets_incident
from jobs.stream.table_offsets import refuse_lost_log, rows_held

Choice = Literal["rows", "earliest", "latest"]
OPERATOR = "operator"


@dataclass(frozen=True)
class Place:
    """One partition: where the rows, the log and Kafka are, and what a choice makes of it. Offsets are the next after the last."""

    partition: int
    rows_end: int | None  # None: no row
    named: int | None  # by the table's log
    begin: int  # of Kafka's
    end: int
    next: int
    twice: int = 0  # rows that the table has already and that are read again

    @property
    def left_out(self) -> tuple[int, int] | None:
        """First and last of the offsets that Kafka has, the table lacks, and the choice passes over."""
        first = max(self.rows_end or 0, self.begin)
        return (first, self.next - 1) if self.next > first else None

    @property
    def gone(self) -> tuple[int, int] | None:
        """First and last of the offsets that the table lacks and Kafka has deleted, whatever is chosen."""
        return (self.rows_end or 0, self.begin - 1) if self.begin > (self.rows_end or 0) else None

    def __str__(self) -> str:
        rows = "no rows" if self.rows_end is None else f"rows end at {self.rows_end}"
        log = "the log names no offset" if self.named is None else f"the log names {self.named}"
        does = [f"reads on at {self.next}", f"{many(self.twice, 'row')} twice" if self.twice else "no row comes twice"]
        does.append("none is left out" if self.left_out is None else "offsets {} to {} are left out".format(*self.left_out))
        does += [] if self.gone is None else ["offsets {} to {} are gone from Kafka".format(*self.gone)]
        return f"partition {self.partition}: {rows}, {log}, Kafka has {self.begin} to {self.end - 1}: {', '.join(does)}"


@dataclass(frozen=True)
class Resumption:
    """What a choice comes to; nothing is changed before `carry_out`."""

    contract: Contract
    topic_id: str
    choice: Choice
    places: tuple[Place, ...]
    nameless: int  # rows without a topic id: taken for this topic's
    table: DeltaTable | None = field(repr=False)  # None: it is gone, and made anew

    def __str__(self) -> str:
        lines = [f"{self.contract.bronze}, topic {self.contract.topic.name} (id {self.topic_id}), --from {self.choice}"]
        lines += [f"  {place}" for place in self.places]
        if self.nameless:
            lines.append(f"  rows that do not say which topic they are of: {self.nameless}; they are taken for this topic's")
        lines += [f"  declared as a gap ({gap.reason}): partition {gap.partition}, {many(gap.offsets, 'offset')}" for gap in self.gaps()]
        return "\n".join(lines)

    def gaps(self) -> Iterator[Gap]:
        for place in self.places:
            for offsets, reason in ((place.gone, RETENTION), (place.left_out, SKIPPED)):
                if offsets is not None:
                    yield Gap(self.contract.feed, self.topic_id, place.partition, *offsets, reason, OPERATOR)

    def carry_out(self, lake: LakeSettings, lease: Lease) -> None:
        """Declares the gaps, then writes the offsets in one empty commit, and closes the incident. Idempotent.

        Raises FencedError when a stream has written the table since, LeaseLost, and StoreError.
        """
        declare(lake, self.gaps())
        offsets = {place.partition: place.next for place in self.places}
        table = self.table or bronze.open_or_create(lake, self.contract.bronze)
        held, number = rows_held(table), table.transaction_version(bronze.ROWS_APP_ID)

        def properties(batch: str) -> CommitProperties:
            return bronze.commit_properties(self.topic_id, offsets, lease.epoch, batch, held, number)

        TableHandle(self.contract.bronze, lake, lease, table).commit(bronze.SCHEMA.empty_table(), properties)
        close_incident(lake, offsets_incident(self.contract))


def resumption(lake: LakeSettings, kafka: KafkaSettings, contract: Contract, choice: Choice) -> Resumption:
    """What the choice comes to for the table and the topic as they are. Reads the table's offsets, all of them.

    Raises OffsetsLost where the table's files are there without its log, StreamError where its rows go beyond Kafka's end, TopicError
    without a topic, and StoreError.
    """
    topic, table = contract.topic.name, open_table(lake, contract.bronze)
    if table is None:
        refuse_lost_log(lake, contract)
    client = broker.admin(kafka)
    ends, begins, ids = (ask(kafka, [topic], client) for ask in (broker.all_end_offsets, broker.all_begin_offsets, broker.topic_ids))
    if topic not in ids:
        raise TopicError("there is no such topic", where=contract.bronze, value=topic, fix="trigger the DAG `topics`, which makes it")
    named = transaction_offsets(table, ids[topic], ends[topic]) if table else {}
    of_topic = f"(topic_id = '{ids[topic]}' or topic_id is null)"
    rows = {row["partition"]: row["end"] for row in _ask(table, 'partition, max("offset") + 1 as end', f"{of_topic} group by partition")}
    known = {number: (begins[topic][number], end) for number, end in ends[topic].items()}

    def counted(place: Place) -> Place:
        if place.next >= (place.rows_end or 0):
            return place  # no row comes twice, and none has to be looked for
        return replace(place, twice=_count(table, f'{of_topic} and partition = {place.partition} and "offset" >= {place.next}'))

    places = [counted(place) for place in places_of(choice, rows, named, known)]
    if beyond := [str(place) for place in places if (place.rows_end or 0) > place.end and choice != "earliest"]:
        fix = "they are of another topic or Kafka: choose --from earliest, or move the table away"
        raise StreamError("the rows go beyond where Kafka ends", where=contract.bronze, value=beyond, fix=fix)
    return Resumption(contract, ids[topic], choice, tuple(places), _count(table, "topic_id is null"), table)


def places_of(choice: Choice, rows: Mapping[int, int], named: Mapping[int, int], kafka: Mapping[int, tuple[int, int]]) -> list[Place]:
    """What the choice makes of each partition that Kafka has: given where its rows end, what the log names, and Kafka's begin and end."""
    return [
        Place(number, rows.get(number), named.get(number), begin, end, _next(choice, rows.get(number, 0), begin, end))
        for number, (begin, end) in sorted(kafka.items())
    ]


def _next(choice: Choice, rows_end: int, begin: int, end: int) -> int:
    """What Kafka has deleted before is not passed over here: the stream meets it, and tells."""
    return {"rows": rows_end, "earliest": min(rows_end, begin), "latest": end}[choice]


def _ask(table: DeltaTable | None, columns: str, condition: str) -> list[dict[str, int]]:
    if table is None:
        return []
    query = f"select {columns} from bronze where {condition}"
    return pa.table(QueryBuilder().register("bronze", table).execute(query).read_all()).to_pylist()


def _count(table: DeltaTable | None, condition: str) -> int:
    return sum(row["rows"] for row in _ask(table, "count(*) as rows", condition))
