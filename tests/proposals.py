"""Proposed changes of contracts, applied."""

from __future__ import annotations

import subprocess
from pathlib import Path


def apply_diff(folder: Path, diff: str) -> None:
    """Changes the files of the folder as the diff says; it has to fit them."""
    subprocess.run(["git", "apply", "-"], cwd=folder, input=f"{diff}\n", text=True, check=True, capture_output=True)
