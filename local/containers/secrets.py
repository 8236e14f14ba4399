"""`python3 -m local.containers.secrets`: the secrets of docker-compose.yml, generated once. Needs no package: any Python from 3.11.

Two files that their owner alone can read, and git never sees: `.env`, which Compose reads by itself, and `.env.client`, by which a client
on this machine gets in. What `.env` says already stays: repeat it after changing a port there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from include.declared_settings import PREFIX, settings_of
from include.errors import SettingsError
from local import envfile
from local.containers.settings import ComposeSecrets
from local.credentials import Credentials, new_secret
from local.settings import REPOSITORY, LocalSettings, Ports

# No container has the database that gold is published to.
WITHOUT = ("HEADWATER_SERVING_PUBLISHER_PASSWORD", "HEADWATER_SERVING_READER_PASSWORD")


def compose_name(variable: str) -> str:
    """What Compose calls it. A shell's own variables win over `.env`: none of another cloud's or stack's may do so by chance."""
    return variable if variable.startswith(PREFIX) else f"{PREFIX}{variable}"


# What the embedded stack has no use for: its parts are on one machine.
_OF_PARTS = {compose_name(each.name) for _, each in settings_of(Credentials)}
FURTHER = tuple(each.name for _, each in settings_of(ComposeSecrets) if each.name not in _OF_PARTS)


def write(folder: Path, environment: Mapping[str, str] = os.environ) -> tuple[Path, Path]:
    """Both files. What the first says already stays; of the ports, those of the environment win, as in Compose. Raises SettingsError."""
    compose, client = folder / ".env", folder / ".env.client"
    known = envfile.read(compose)
    plain = {name.removeprefix(PREFIX): value for name, value in known.items()}
    credentials = Credentials.known_or_new(plain | known)
    secrets = {compose_name(variable): value for variable, value in credentials.variables().items() if variable not in WITHOUT}
    secrets |= {name: known.get(name) or new_secret() for name in FURTHER}
    envfile.write(compose, known | secrets, title="Secrets and settings of docker-compose.yml (docs/compose.md).")
    settings = LocalSettings.from_environment({**_ports(known), **_ports(environment), "HEADWATER_HOME": str(folder / ".env.home")})
    envfile.write(client, credentials.client_environment(settings), title="How a client gets in: `set -a; . this file`.")
    return compose, client


def _ports(values: Mapping[str, str]) -> dict[str, str]:
    names = [Ports.setting(name) for name in Ports.__dataclass_fields__]
    return {name: values[name] for name in names if values.get(name)}


def main() -> None:
    try:
        compose, client = write(REPOSITORY)
    except SettingsError as error:
        sys.exit(f"error {error}")
    print(f"{compose}: for `docker compose up -d`\n{client}: for clients on this machine; Airflow's password is in it")


if __name__ == "__main__":
    main()
