"""The crypto poller, and the stand-in that it asks unless a real price API is set."""

from __future__ import annotations

import sys

from local.parts.part import Part
from local.settings import REPOSITORY
from local.stack import Stack


def stand_in(stack: Stack) -> Part:
    settings = stack.settings
    return Part(
        name="crypto-stand-in",
        command=(sys.executable, "-m", "jobs.produce.crypto_stand_in", "--port", str(settings.ports.crypto_stand_in)),
        environment=stack.base_environment(),
        directory=REPOSITORY,
    )


def poller(stack: Stack) -> Part:
    """SettingsError where it would end at once for a setting that it cannot use."""
    from jobs.produce.crypto_poller import PollerSettings

    settings = stack.settings
    own = {
        "KAFKA_BOOTSTRAP_SERVERS": stack.client_environment()["KAFKA_BOOTSTRAP_SERVERS"],
        "CRYPTO_API_URL": settings.crypto_api_url or f"http://127.0.0.1:{settings.ports.crypto_stand_in}",
    }
    environment = {**stack.base_environment(), **own}
    PollerSettings.from_environment(environment)
    return Part(
        name="crypto-poller",
        command=(sys.executable, "-m", "jobs.produce.crypto_poller"),
        environment=environment,
        directory=REPOSITORY,
    )
