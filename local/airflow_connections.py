"""The connections that the DAGs name, made from the running stack, as environment variables of Airflow's processes.

Kafka and S3 are none: tasks, drivers and Spark read where they are, and how to get in, from the environment (include/settings.py).
"""

from __future__ import annotations

import json

from local.credentials import SERVING_DATABASE, SERVING_PUBLISHER
from local.stack import Stack

SMTP_USERNAME = "headwater"
SENDER = "headwater@localhost.localdomain"


def environment(stack: Stack) -> dict[str, str]:
    """AIRFLOW_CONN_<ID> for each connection, as JSON."""
    return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection) for name, connection in _connections(stack).items()}


def _connections(stack: Stack) -> dict[str, dict[str, object]]:
    ports, secrets = stack.settings.ports, stack.credentials
    serving = {
        "conn_type": "postgres",
        "host": "127.0.0.1",
        "port": ports.postgres,
        "schema": SERVING_DATABASE,
        "login": SERVING_PUBLISHER,
        "password": secrets.serving_publisher_password,
    }
    return {
        **({"headwater_serving": serving} if stack.settings.serving else {}),
        "spark_connect": {
            "conn_type": "spark_connect",
            "host": "sc://localhost",
            "port": ports.spark_connect,
            "password": secrets.spark_connect_token,
        },
        "smtp_default": {
            "conn_type": "smtp",
            "host": "127.0.0.1",
            "port": ports.smtp,
            "login": SMTP_USERNAME,
            "password": secrets.smtp_password,
            "extra": {"from_email": SENDER, "disable_ssl": True, "disable_tls": True, "timeout": 10, "retry_limit": 2},
        },
    }
