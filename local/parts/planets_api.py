"""The planets HTTP API: takes discoveries with a token, and answers when Kafka has them."""

from __future__ import annotations

import sys
import urllib.request

from local.parts.part import Part
from local.settings import REPOSITORY
from local.stack import Stack


def part(stack: Stack) -> Part:
    port, access = stack.settings.ports.planets_api, stack.client_environment()
    own = {name: access[name] for name in ("KAFKA_BOOTSTRAP_SERVERS", "PLANETS_API_TOKEN")}
    return Part(
        name="planets-api",
        command=(sys.executable, "-m", "jobs.produce.planets_api"),
        environment={**stack.base_environment(), **own, "PLANETS_API_HOST": "127.0.0.1", "PLANETS_API_PORT": str(port)},
        answers=lambda: _answers(port),
        directory=REPOSITORY,
    )


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
