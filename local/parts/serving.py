"""The database that gold is published to, in the stack's PostgreSQL beside Airflow's: where HEADWATER_SERVING is 1 (docs/serving.md)."""

from __future__ import annotations

import subprocess

from local.errors import PartFailed
from local.parts import postgres
from local.settings import REPOSITORY
from local.stack import Stack

_SCRIPT = REPOSITORY / "docker" / "postgres" / "serving.sql"
# Who may open any database by default is everybody who may open one: Airflow's is not for those who read gold.
_AIRFLOWS_ALONE = f"REVOKE CONNECT ON DATABASE {postgres.DATABASE} FROM PUBLIC"


def prepare(stack: Stack) -> None:
    """Make database, schema and users, unless they are there, with the passwords of the secrets. PostgreSQL answers already."""
    secrets = stack.credentials
    environment = {
        **stack.base_environment(),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(stack.settings.ports.postgres),
        "PGUSER": postgres.USER,
        "PGDATABASE": postgres.DATABASE,
        "PGCONNECT_TIMEOUT": "10",
        "PGPASSWORD": secrets.postgres_password,
        "SERVING_PUBLISHER_PASSWORD": secrets.serving_publisher_password,
        "SERVING_READER_PASSWORD": secrets.serving_reader_password,
    }
    command = [postgres.program("psql"), "--no-psqlrc", "--quiet", "--command", _AIRFLOWS_ALONE, "--file", str(_SCRIPT)]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        what = "the database that gold is published to cannot be made"
        raise PartFailed(what, where=str(_SCRIPT), value=done.stderr.strip()[-500:], fix="see the value")
