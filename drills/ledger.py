"""The second count: what the product's own auditor says of the same tables. The one place where drills meet it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from include.contracts import Contract
from include.settings import KafkaSettings, LakeSettings
from jobs.audit.run import audit


@dataclass(frozen=True)
class LedgerVerdict:
    """Findings are what does not close, named to the offset."""

    feeds: int
    findings: tuple[str, ...]


def audited(lake: LakeSettings, kafka: KafkaSettings, contracts: Sequence[Contract]) -> LedgerVerdict:
    """Audits the feeds. Idempotent; raises StoreError and TopicError where store or Kafka do not answer."""
    found = audit(lake, contracts, kafka)
    return LedgerVerdict(len(found.feeds), found.findings)
