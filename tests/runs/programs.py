"""Programs that run on a stack, as a person starts them."""

from __future__ import annotations

import os
import subprocess
import sys

from local.settings import REPOSITORY, Ports
from local.stack import Stack

HEADWATER = ("-c", "from local.cli import app; app()")


def program(stack: Stack, *words: str, seconds: float = 600.0, **settings: str) -> str:
    """What Python prints when it is started with these words; it succeeds."""
    ports = {Ports.setting(name): str(getattr(stack.settings.ports, name)) for name in Ports.__dataclass_fields__}
    own = {"HEADWATER_HOME": str(stack.settings.home), "PYTHONPATH": str(REPOSITORY), **settings}
    environment = {**os.environ, **stack.client_environment(), **ports, **own}
    done = subprocess.run(
        [sys.executable, *words], env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=seconds
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
