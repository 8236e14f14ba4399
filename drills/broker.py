"""Drills with Kafka: away, and with topics that are not what they were."""

from __future__ import annotations

import time

from confluent_kafka.admin import NewPartitions

from drills.drill import Drill
from drills.scene import Scene
from include.kafka import TIMEOUT_SECONDS, admin, topic_ids, topic_partitions
from include.topics import reconcile_topics

RECREATED, GROWING = "ratings", "clicks"
ADDED = 2
FAST = 1000.0  # records a second


def stop_kafka(scene: Scene) -> None:
    """Kafka killed with SIGKILL under load, away for half a minute, and started again.

    Producers keep what is not acknowledged; the driver waits and reads on.
    """
    for number in range(1, scene.rounds + 1):
        with scene.fault(f"Kafka away, {number} of {scene.rounds}"):
            scene.private.kill("kafka")
            time.sleep(scene.seconds(30, 5))
            scene.private.start(scene.console, "kafka")
        _wait_for_acknowledgements(scene)
        scene.wait_until_in_bronze("what was acknowledged since")


def recreate_topic(scene: Scene) -> None:
    """A topic deleted once bronze has all of it, made anew, and at once filled with more records than it had: the same offsets again.

    Records of both are in bronze, told apart by the topic's id; the other feeds flow on.
    """
    (contract,) = (each for each in scene.contracts if each.topic.name == RECREATED)
    client, kafka = admin(scene.private.kafka), scene.private.kafka
    count = 200
    scene.wait_for_load(scene.send(RECREATED, once=True, count=count, rate=FAST))
    scene.wait_until_in_bronze("the topic's records")
    for number in range(1, scene.rounds + 1):
        count += 100
        before = topic_ids(kafka, [RECREATED])[RECREATED]
        with scene.fault(f"topic {RECREATED} deleted and made anew, {number} of {scene.rounds}"):
            client.delete_topics([RECREATED], request_timeout=TIMEOUT_SECONDS)[RECREATED].result()
            scene.wait(lambda: not topic_partitions(kafka, [RECREATED], client), "the topic is gone")
            reconcile_topics([contract], kafka).check()
            scene.wait_for_load(scene.send(RECREATED, once=True, count=count, rate=FAST))
        scene.require(topic_ids(kafka, [RECREATED])[RECREATED] != before, "the topic is another one")


def add_partitions(scene: Scene) -> None:
    """Two partitions added to a topic under load.

    The producers find them, and what they put there is in bronze within a minute.
    """
    kafka = scene.private.kafka
    client = admin(kafka)
    for number in range(1, scene.rounds + 1):
        there = len(topic_partitions(kafka, [GROWING], client)[GROWING])
        with scene.fault(f"topic {GROWING} from {there} to {there + ADDED} partitions, {number} of {scene.rounds}"):
            client.create_partitions([NewPartitions(GROWING, there + ADDED)], request_timeout=TIMEOUT_SECONDS)[GROWING].result()
            scene.wait(lambda: _reached(scene) == there + ADDED, "records are acknowledged in every partition")  # noqa: B023


def _reached(scene: Scene) -> int:
    return len({place.partition for place in scene.listed.read() if place.topic == GROWING})


def _wait_for_acknowledgements(scene: Scene) -> None:
    before = len(scene.listed.read())
    scene.wait(lambda: len(scene.listed.read()) > before, "records are acknowledged again")


STOP_KAFKA = Drill("stop-kafka", stop_kafka, limit_seconds=90, rounds=2)
RECREATE_TOPIC = Drill("recreate-topic", recreate_topic, limit_seconds=90, rounds=3, apart=(RECREATED,))
ADD_PARTITIONS = Drill("add-partitions", add_partitions, limit_seconds=60, rounds=2)
