"""What a plain consumer reads of a topic."""

from __future__ import annotations

import uuid

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from include.kafka import topic_partitions
from include.settings import KafkaSettings


def records_of(kafka: KafkaSettings, topic: str) -> list[Message]:
    """All records that the topic holds now, by partition."""
    numbers = topic_partitions(kafka, [topic])[topic]
    consumer = Consumer(kafka.client(group_id=uuid.uuid4().hex, enable_auto_commit=False, enable_partition_eof=True))
    consumer.assign([TopicPartition(topic, number, 0) for number in numbers])
    found: list[Message] = []
    unread = set(numbers)
    while unread:
        for record in consumer.consume(1000, timeout=1.0):
            if record.error() is None:
                found.append(record)
            elif record.error().code() == KafkaError._PARTITION_EOF:
                unread.discard(record.partition())
            else:
                raise KafkaException(record.error())
    consumer.close()
    return sorted(found, key=lambda record: (record.partition(), record.offset()))
