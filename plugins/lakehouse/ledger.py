"""The audit, as a task: what it found is logged feed by feed, and what is open fails the task."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


def audit_all() -> str:
    """Audits every feed with a sound contract; the verdict in one line.

    Raises LedgerError with every finding, named to the offset, where something is open that should be closed.
    """
    from include.contracts import load_contracts
    from include.settings import KafkaSettings, LakeSettings
    from jobs.audit.run import audit

    found = audit(LakeSettings.from_environment(), load_contracts().feeds.values(), KafkaSettings.from_environment())
    for feed in found.feeds:
        log.info("%s", feed)
    for finding in found.findings:
        log.error("%s", finding)
    found.check()
    return found.verdict
