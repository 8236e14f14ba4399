"""What tests and benchmarks are told from outside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.declared_settings import Reader, read, setting


@dataclass(frozen=True)
class ProofSettings:
    """The browser of the tests and benchmarks that open the page, and where their pictures go."""

    chromium: str = setting(
        "HEADWATER_CHROMIUM", "", "the Chromium that opens the page", Reader.TESTS, unset="what is on PATH, else Debian's is installed"
    )
    pictures: Path | None = setting(
        "HEADWATER_PICTURES", None, "a folder; a picture of each view of the page is written there", Reader.TESTS, kind=Path, unset="none"
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ProofSettings:
        return read(cls, environment)
