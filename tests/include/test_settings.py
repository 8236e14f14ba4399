"""Where Kafka and the lake are, as the environment has it."""

from __future__ import annotations

import pytest

from include.errors import SettingsError
from include.settings import KafkaSettings, LakeSettings

LAKE = {
    "LAKE_URI": "s3://lake/here/",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
    "AWS_ACCESS_KEY_ID": "headwater",
    "AWS_SECRET_ACCESS_KEY": "a-canary",
}


@pytest.mark.parametrize("servers", ["kafka", "127.0.0.1:9092", "one:9092, two:9092", "[::1]:9092", "SASL_SSL://b-1.msk.example:9096"])
def test_brokers_are_taken_as_kafka_takes_them(servers: str) -> None:
    assert KafkaSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": servers}).bootstrap_servers == servers


@pytest.mark.parametrize("servers", ["", "http://kafka:9092/", "kafka;9092", "kafka:port", "one:9092,,two:9092"])
def test_what_names_no_brokers_is_refused(servers: str) -> None:
    with pytest.raises(SettingsError) as raised:
        KafkaSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": servers})
    assert raised.value.where == "KAFKA_BOOTSTRAP_SERVERS"


def test_further_properties_of_kafkas_clients_are_theirs_and_in_no_text() -> None:
    settings = KafkaSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "kafka", "KAFKA_CLIENT_SASL_PASSWORD": "a-canary"})
    assert settings.client()["sasl.password"] == "a-canary"
    assert "a-canary" not in repr(settings)


def test_the_lake_is_where_the_environment_says_and_its_secret_in_no_text() -> None:
    lake = LakeSettings.from_environment(LAKE)
    assert (lake.uri, lake.bucket, lake.prefix, lake.region) == ("s3://lake/here", "lake", "here/", "us-east-1")
    assert lake.delta_options()["AWS_SECRET_ACCESS_KEY"] == "a-canary"
    assert "a-canary" not in repr(lake)


@pytest.mark.parametrize(
    ("name", "value"),
    [("LAKE_URI", "/data/lake"), ("LAKE_URI", "s3://"), ("AWS_ENDPOINT_URL", "minio:9000"), *((name, "") for name in LAKE)],
)
def test_what_cannot_be_used_is_refused_with_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        LakeSettings.from_environment({**LAKE, name: value})
    assert raised.value.where == name
    assert "a-canary" not in str(raised.value)
