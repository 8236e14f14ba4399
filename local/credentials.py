"""Who may get in: generated at the first start, kept for ever, in two files that only their owner can read."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.common_settings import AIRFLOW_PASSWORD, METRICS_TOKEN, PLANETS_TOKEN, S3_SECRET
from include.declared_settings import PREFIX, REQUIRED, Reader, Setting, declared, setting, settings_of
from local import envfile
from local.settings import LocalSettings

ACCESS_KEY_ID = "headwater"
AIRFLOW_USERNAME = "admin"
BUCKET = "lakehouse"
# As docker/postgres/serving.sql has them.
SERVING_DATABASE = "serving"
SERVING_PUBLISHER = "headwater_publisher"
SERVING_READER = "headwater_reader"


SMTP_PASSWORD = Setting("HEADWATER_SMTP_PASSWORD", REQUIRED, "the password that goes with it", (Reader.STACK,), secret=True)


def _internal(name: str, what: str, *, secret: bool = True) -> Any:
    return setting(f"HEADWATER_{name}", REQUIRED, what, Reader.STACK, secret=secret)


@dataclass(frozen=True)
class Credentials:
    """Every secret of one embedded stack: made at its first start, kept in the files `env` and `secrets.env` of HEADWATER_HOME, and read
    from there, not from the environment."""

    s3_secret_access_key: str = declared(S3_SECRET)
    airflow_password: str = declared(AIRFLOW_PASSWORD)
    spark_connect_token: str = setting(
        "SPARK_CONNECT_AUTHENTICATE_TOKEN",
        REQUIRED,
        "the token of the Spark Connect server; Spark's clients read it themselves",
        *(Reader.STACK, Reader.BATCH),
        secret=True,
    )
    postgres_password: str = _internal("POSTGRES_PASSWORD", "the password of the database of Airflow's metadata")
    smtp_password: str = declared(SMTP_PASSWORD)
    serving_publisher_password: str = _internal("SERVING_PUBLISHER_PASSWORD", "the password of who publishes gold to PostgreSQL")
    serving_reader_password: str = _internal("SERVING_READER_PASSWORD", "the password of who reads published gold")
    planets_api_token: str = declared(PLANETS_TOKEN)
    metrics_token: str = declared(METRICS_TOKEN, default=REQUIRED)
    airflow_fernet_key: str = _internal("AIRFLOW_FERNET_KEY", "what Airflow encrypts connections with")
    airflow_jwt_secret: str = _internal("AIRFLOW_JWT_SECRET", "what Airflow signs tokens with")
    airflow_api_secret: str = _internal("AIRFLOW_API_SECRET", "what Airflow signs sessions with")
    kafka_cluster_id: str = _internal("KAFKA_CLUSTER_ID", "the id of the Kafka cluster", secret=False)

    @classmethod
    def load_or_create(cls, settings: LocalSettings) -> Credentials:
        """The secrets of this stack: those in its files, and new ones for what is missing."""
        return cls.known_or_new({**envfile.read(settings.secrets_file), **envfile.read(settings.env_file)})

    @classmethod
    def known_or_new(cls, known: Mapping[str, str]) -> Credentials:
        """The secrets that the variables give, and new ones for the others."""
        return cls(**{name: known.get(each.name) or _MAKE.get(name, new_secret)() for name, each in settings_of(cls)})

    def variables(self) -> dict[str, str]:
        """Each secret by its variable."""
        return {each.name: getattr(self, name) for name, each in settings_of(Credentials)}

    def write(self, settings: LocalSettings) -> None:
        """Write both files anew; the addresses follow the settings, the secrets stay."""
        settings.home.mkdir(parents=True, exist_ok=True)
        internal = {variable: value for variable, value in self.variables().items() if variable.startswith(PREFIX)}
        envfile.write(settings.secrets_file, internal, title="Secrets between the parts of this stack.")
        envfile.write(settings.env_file, self.client_environment(settings), title="How a client gets in: `set -a; . this file`.")

    def client_environment(self, settings: LocalSettings) -> dict[str, str]:
        """The variables that let a client into this stack."""
        ports = settings.ports
        reader = f"postgresql://{SERVING_READER}:{self.serving_reader_password}@127.0.0.1:{ports.postgres}/{SERVING_DATABASE}"
        return {
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{ports.kafka}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports.s3}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": self.s3_secret_access_key,
            "AWS_REGION": "us-east-1",
            # What boto3 and delta-rs look for on their own.
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
            "LAKE_URI": f"s3://{BUCKET}",
            "AIRFLOW_URL": f"http://127.0.0.1:{ports.airflow}",
            "AIRFLOW_USERNAME": AIRFLOW_USERNAME,
            "AIRFLOW_PASSWORD": self.airflow_password,
            # Spark's client sends a token without TLS to the name `localhost` alone, not to 127.0.0.1.
            "SPARK_REMOTE": f"sc://localhost:{ports.spark_connect}",
            "SPARK_CONNECT_AUTHENTICATE_TOKEN": self.spark_connect_token,
            "PLANETS_API_URL": f"http://127.0.0.1:{ports.planets_api}",
            "PLANETS_API_TOKEN": self.planets_api_token,
            "METRICS_TOKEN": self.metrics_token,
            **({"SERVING_URL": reader} if settings.serving else {}),
        }


def new_secret() -> str:
    """One that no parser, shell or address trips over."""
    # Letters and digits alone: a leading `-` or a `_` is trouble somewhere sooner or later.
    return secrets.token_hex(20)


def _url_safe_key(size: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode()


def _cluster_id() -> str:
    identifier = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return identifier if not identifier.startswith("-") else _cluster_id()


_MAKE = {
    "airflow_fernet_key": lambda: _url_safe_key(32),
    "airflow_jwt_secret": lambda: _url_safe_key(48),
    "kafka_cluster_id": _cluster_id,
}
