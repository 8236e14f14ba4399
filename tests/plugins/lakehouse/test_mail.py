"""The mail of a failed task, sent for real to a server on this machine."""

from __future__ import annotations

from email.message import Message
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, task
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from lakehouse import mail
from lakehouse.mail import FailureMail, RecoveryMail, recipients

from include.errors import SettingsError, StoreError, TopicError
from tests.plugins.lakehouse.mails import body
from tests.plugins.lakehouse.mails import inbox as inbox


def failure(error: BaseException | None, map_index: int = -1) -> dict[str, Any]:
    """What Airflow hands to the callback of a failed task."""
    with DAG("daily_commerce", schedule=None) as dag:

        @task(task_id="gold")
        def gold() -> None: ...

        operator = gold().operator
    run = "scheduled__2026-03-14T00:00:00+00:00"
    ti = RuntimeTaskInstance.model_construct(
        dag_id=dag.dag_id, task_id="gold", run_id=run, try_number=4, map_index=map_index, rendered_map_index=None, task=operator
    )
    context = {"dag": dag, "task": operator, "ti": ti, "run_id": run}
    return context if error is None else {**context, "exception": error}


def test_mail_names_dag_task_and_run_and_links_the_log(inbox: list[Message]) -> None:
    FailureMail()(failure(TopicError("no broker", fix="start it")))
    (message,) = inbox
    assert message["Subject"] == "Headwater: daily_commerce.gold failed (scheduled__2026-03-14T00:00:00+00:00)"
    text = body(message)
    log = "/dags/daily_commerce/runs/scheduled__2026-03-14T00%3A00%3A00%2B00%3A00/tasks/gold?try_number=4"
    assert [wanted for wanted in ("TopicError: no broker; fix: start it", log, "try 4") if wanted not in text] == []


def test_mail_of_a_mapped_task_says_which_one(inbox: list[Message]) -> None:
    FailureMail()(failure(TopicError("no broker"), map_index=3))
    assert inbox[0]["Subject"].startswith("Headwater: daily_commerce.gold [3] failed")


def test_task_that_was_killed_is_mailed_though_it_left_no_error(inbox: list[Message]) -> None:
    FailureMail()(failure(None))
    assert "it was killed, ran out of memory, or could not reach" in body(inbox[0])


def test_text_of_an_error_cannot_become_part_of_the_page(inbox: list[Message]) -> None:
    FailureMail()(failure(ValueError("<script>alert(1)</script>")))
    assert "<script>" not in body(inbox[0])


def test_one_notifier_can_tell_of_several_tasks(inbox: list[Message]) -> None:
    notifier = FailureMail()
    notifier(failure(ValueError("first")))
    notifier(failure(ValueError("second"), map_index=1))
    assert ["first" in body(inbox[0]), "second" in body(inbox[1])] == [True, True]


def ran(monkeypatch: pytest.MonkeyPatch, before: str | None, told_by: str | None = None) -> list[str]:
    """How the run before ended, and by which incident its failure was told; the list gets the incidents that are noted from now on."""
    earlier, noted = None if before is None else SimpleNamespace(state=before, run_id="before"), []
    monkeypatch.setattr(RuntimeTaskInstance, "get_previous_ti", lambda *_, **__: earlier)
    monkeypatch.setattr(RuntimeTaskInstance, "xcom_pull", lambda *_, **__: told_by)
    monkeypatch.setattr(RuntimeTaskInstance, "xcom_push", lambda *_, value, **__: noted.append(value))
    return noted


def test_a_failure_that_an_incident_tells_of_is_noted_and_not_mailed(inbox: list[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    noted = ran(monkeypatch, "success")
    monkeypatch.setattr(mail, "incident_of", lambda error: "store" if isinstance(error, StoreError) else "")
    FailureMail(on_change=True)(failure(StoreError("no answer")))
    assert (inbox, noted) == ([], ["store"])
    FailureMail(on_change=True)(failure(ValueError("another cause")))
    FailureMail()(failure(StoreError("of a task that nothing makes up for")))
    assert len(inbox) == 2


def test_a_failure_that_cannot_be_noted_is_mailed(inbox: list[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    ran(monkeypatch, None)
    monkeypatch.setattr(mail, "incident_of", lambda error: "store")
    monkeypatch.setattr(RuntimeTaskInstance, "xcom_push", lambda *_, **__: 1 / 0)
    FailureMail(on_change=True)(failure(StoreError("no answer")))
    assert len(inbox) == 1


def test_after_a_failure_that_an_incident_told_of_another_one_is_mailed_and_a_recovery_is_not(
    inbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(monkeypatch, "failed", told_by="store")
    RecoveryMail()(failure(None))
    assert inbox == []
    FailureMail(on_change=True)(failure(ValueError("another cause")))
    assert len(inbox) == 1


def test_mail_goes_out_when_it_cannot_be_asked_how_the_run_before_ended(inbox: list[Message]) -> None:
    FailureMail(on_change=True)(failure(ValueError("no")))
    assert len(inbox) == 1


@pytest.mark.parametrize(("before", "mails"), [("failed", 1), ("success", 0), (None, 0)])
def test_a_task_is_well_again_where_it_failed_in_the_run_before(
    before: str | None, mails: int, inbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(monkeypatch, before)
    RecoveryMail()(failure(None))
    FailureMail(on_change=True)(failure(ValueError("no")))
    told = [str(message["Subject"]) for message in inbox]
    assert [subject for subject in told if "daily_commerce.gold is well again" in subject] == told[:mails]
    assert len(told) == 1  # one of the two, never both


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("a@b.example, c@d.example", ["a@b.example", "c@d.example"]), ("", ["headwater@localhost"])],
)
def test_recipients_are_a_setting(setting: str, expected: list[str]) -> None:
    assert recipients({"HEADWATER_MAIL_TO": setting}) == expected


@pytest.mark.parametrize("setting", [" , ", "a@b.example; c@d.example", "somebody"])
def test_what_is_no_address_is_refused_before_a_mail_is_lost(setting: str) -> None:
    with pytest.raises(SettingsError, match="HEADWATER_MAIL_TO"):
        recipients({"HEADWATER_MAIL_TO": setting})
