"""Who may get in: generated at the first start, kept for ever, in two files that only their owner can read."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from local import envfile
from local.settings import LocalSettings

ACCESS_KEY_ID = "headwater"
AIRFLOW_USERNAME = "admin"
BUCKET = "lakehouse"


@dataclass(frozen=True)
class Credentials:
    """Every secret of one stack."""

    s3_secret_access_key: str = field(repr=False)
    airflow_password: str = field(repr=False)
    spark_connect_token: str = field(repr=False)
    postgres_password: str = field(repr=False)
    smtp_password: str = field(repr=False)
    planets_api_token: str = field(repr=False)
    metrics_token: str = field(repr=False)
    airflow_fernet_key: str = field(repr=False)
    airflow_jwt_secret: str = field(repr=False)
    airflow_api_secret: str = field(repr=False)
    kafka_cluster_id: str

    @classmethod
    def load_or_create(cls, settings: LocalSettings) -> Credentials:
        """The secrets of this stack: those in its files, and new ones for what is missing."""
        return cls.known_or_new({**envfile.read(settings.secrets_file), **envfile.read(settings.env_file)})

    @classmethod
    def known_or_new(cls, known: Mapping[str, str]) -> Credentials:
        """The secrets that the variables give, and new ones for the others."""
        return cls(**{name: known.get(variable) or make() for name, (variable, make) in _VARIABLES.items()})

    def variables(self) -> dict[str, str]:
        """Each secret by its variable."""
        return {variable: getattr(self, name) for name, (variable, _) in _VARIABLES.items()}

    def write(self, settings: LocalSettings) -> None:
        """Write both files anew; the addresses follow the settings, the secrets stay."""
        settings.home.mkdir(parents=True, exist_ok=True)
        internal = {variable: value for variable, value in self.variables().items() if variable.startswith("HEADWATER_")}
        envfile.write(settings.secrets_file, internal, title="Secrets between the parts of this stack.")
        envfile.write(settings.env_file, self.client_environment(settings), title="How a client gets in: `set -a; . this file`.")

    def client_environment(self, settings: LocalSettings) -> dict[str, str]:
        """The variables that let a client into this stack."""
        ports = settings.ports
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


_VARIABLES = {
    "s3_secret_access_key": ("AWS_SECRET_ACCESS_KEY", new_secret),
    "airflow_password": ("AIRFLOW_PASSWORD", new_secret),
    "spark_connect_token": ("SPARK_CONNECT_AUTHENTICATE_TOKEN", new_secret),
    "postgres_password": ("HEADWATER_POSTGRES_PASSWORD", new_secret),
    "smtp_password": ("HEADWATER_SMTP_PASSWORD", new_secret),
    "planets_api_token": ("PLANETS_API_TOKEN", new_secret),
    "metrics_token": ("METRICS_TOKEN", new_secret),
    "airflow_fernet_key": ("HEADWATER_AIRFLOW_FERNET_KEY", lambda: _url_safe_key(32)),
    "airflow_jwt_secret": ("HEADWATER_AIRFLOW_JWT_SECRET", lambda: _url_safe_key(48)),
    "airflow_api_secret": ("HEADWATER_AIRFLOW_API_SECRET", new_secret),
    "kafka_cluster_id": ("HEADWATER_KAFKA_CLUSTER_ID", _cluster_id),
}
