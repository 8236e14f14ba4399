"""The second count: what the product's own auditor says of the same tables. The one place where drills meet it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from include.contracts import Contract
from include.settings import KafkaSettings, LakeSettings


@dataclass(frozen=True)
class LedgerVerdict:
    """Findings are what does not close, named to the offset."""

    feeds: int
    findings: tuple[str, ...]


def audited(lake: LakeSettings, kafka: KafkaSettings, contracts: Sequence[Contract]) -> LedgerVerdict | None:
    """Audits the feeds; None where this version has no auditor. Idempotent."""
    if find_spec("jobs.audit") is None:
        return None
    from jobs.audit.run import audit

    found = audit(lake, contracts, kafka)
    return LedgerVerdict(len(found.feeds), tuple(found.findings))
