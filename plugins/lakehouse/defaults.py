"""What all DAGs have in common: owner, retries with backoff, and one mail when they are used up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from lakehouse.mail import FailureMail, RecoveryMail

OWNER = "headwater"

# Asking again does not change what a file says, or what a day is like: these wait for a person.
_TERMINAL = [
    RetryRule(exception=f"include.errors.{name}", action=RetryAction.FAIL, reason="only a person can mend this")
    for name in ("ContractError", "SettingsError", "RebuildRefused", "TooManyBadRows", "ServingRefused")
]


def task_defaults(*, retries: int = 3, retry_delay: timedelta = timedelta(seconds=30), mail_on_change: bool = False) -> dict[str, Any]:
    """`default_args` of a DAG. The delay doubles with each retry, up to ten minutes. `mail_on_change`: of a DAG that runs all the time, one
    mail when a task begins to fail and one when it is well again."""
    recovery = {"on_success_callback": RecoveryMail()} if mail_on_change else {}
    return {
        **recovery,
        "owner": OWNER,
        "retries": retries,
        "retry_delay": retry_delay,
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=10),
        "retry_policy": ExceptionRetryPolicy(rules=_TERMINAL),
        "on_failure_callback": FailureMail(on_change=mail_on_change),
    }


def documented(about: str | None) -> dict[str, str]:
    """`doc_md` of a DAG, and its heading as the `description` that lists show."""
    text = (about or "").strip()
    return {"doc_md": text, "description": text.partition("\n")[0].lstrip("# ")}
