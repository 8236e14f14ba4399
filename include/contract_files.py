"""Where the contracts stand, and which feeds there are by their files alone: the shape of a DAG needs no more, and reads none."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.declared_settings import Reader, read, setting

SETTING = "HEADWATER_CONTRACTS"
SUFFIX = ".odcs.yaml"
OUTGOING = "outgoing"  # the folder of what Headwater itself sends: topics, and no feeds
# A system's name is part of a DAG's and of a stream group's, a feed's is that of its tables.
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_OURS = Path(__file__).resolve().parent / "schemas"


@dataclass(frozen=True)
class ContractSettings:
    """Where the contracts are."""

    folder: Path = setting(
        SETTING,
        _OURS,
        "the contracts, one file a feed: <folder>/<system>/<feed>.odcs.yaml",
        Reader.STREAMS,
        Reader.AIRFLOW,
        Reader.BATCH,
        Reader.PAGE,
        Reader.METRICS,
        Reader.PRODUCERS,
        Reader.PLANETS_API,
        Reader.POLLER,
        Reader.COMMAND,
        unset="`include/schemas`",
    )


def contracts_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder that holds <system>/<feed>.odcs.yaml: HEADWATER_CONTRACTS, else include/schemas."""
    return read(ContractSettings, environment).folder


def feeds_by_system(root: Path | None = None) -> dict[str, tuple[str, ...]]:
    """System → its feeds, both by name; those with a broken contract too: they have tables, only nobody builds them for now. What
    has a name that no contract may have is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((root or contracts_folder()).glob(f"*/*{SUFFIX}")):
        system, feed = file.parent.name, file.name.removesuffix(SUFFIX)
        if system != OUTGOING and NAME.fullmatch(system) and NAME.fullmatch(feed):
            found[system] = (*found.get(system, ()), feed)
    return found
