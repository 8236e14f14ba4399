"""How a contestant of ours waits for its turn: it says that it is warm, and begins when a line comes."""

from __future__ import annotations

import sys

READY = "ready to begin"


def wait_for_turn() -> None:
    """Says that all is loaded and warm; returns when the clock starts. Ends the process when whoever asked for it is gone."""
    print(READY, flush=True)
    if not sys.stdin.readline():
        sys.exit("nobody waits for this any more")
