"""One mail for a task that failed for good: what failed, why, and where its log is."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.smtp.notifications.smtp import SmtpNotifier

from include.declared_settings import read
from include.watch.settings import MailSettings
from lakehouse.told import incident_of, mailed_before, note_told

if TYPE_CHECKING:
    from airflow.sdk import Context

CONNECTION = "smtp_default"

_INDEX = "{% if ti.rendered_map_index %} [{{ ti.rendered_map_index }}]{% elif ti.map_index >= 0 %} [{{ ti.map_index }}]{% endif %}"
_WHICH = f"{{{{ dag.dag_id }}}}.{{{{ ti.task_id }}}}{_INDEX}"
SUBJECT = f"Headwater: {_WHICH} failed ({{{{ run_id }}}})"
BODY = f"""\
<p><b>{_WHICH}</b> has failed at try {{{{ ti.try_number }}}} and is not tried again.</p>
<pre>{{{{ failure | e }}}}</pre>
<table>
<tr><td>DAG</td><td>{{{{ dag.dag_id }}}}</td></tr>
<tr><td>Task</td><td>{{{{ ti.task_id }}}}</td></tr>
<tr><td>Run</td><td>{{{{ run_id }}}}</td></tr>
<tr><td>Log</td><td><a href="{{{{ ti.log_url }}}}">{{{{ ti.log_url }}}}</a></td></tr>
</table>
<p>What to look at, and what is safe to clear, is in the DAG's documentation under <i>On failure</i>.</p>
"""

WELL_SUBJECT = f"Headwater: {_WHICH} is well again ({{{{ run_id }}}})"
WELL_BODY = f"""\
<p><b>{_WHICH}</b> has succeeded; in the run before it had failed.</p>
<table>
<tr><td>Run</td><td>{{{{ run_id }}}}</td></tr>
<tr><td>Log</td><td><a href="{{{{ ti.log_url }}}}">{{{{ ti.log_url }}}}</a></td></tr>
</table>
"""


def recipients(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Who gets mails, as HEADWATER_MAIL_TO says. SettingsError for what is no address."""
    return list(read(MailSettings, environment).recipients)


class FailureMail(SmtpNotifier):
    """The `on_failure_callback` of every task. Airflow calls it after the last retry only.

    With `on_change`, for DAGs that run all the time and make up for a failed run themselves, a task sends nothing where its failure is
    told already: in the run before, or by an incident (lakehouse/told.py).
    """

    def __init__(self, *, on_change: bool = False, **more: Any) -> None:
        settings = {"to": recipients(), "subject": SUBJECT, "html_content": BODY, "smtp_conn_id": CONNECTION, **more}
        super().__init__(**settings)
        self.on_change = on_change

    def __call__(self, *args: Any) -> None:
        """Renders and sends a copy: rendering replaces the templates, and one process may report several tasks."""
        super(FailureMail, copy.copy(self)).__call__(*args)

    def notify(self, context: Context) -> None:
        if self.on_change and mailed_before(context):
            self.log.info("No mail: the run before failed here too, and was mailed.")
            return
        if self.on_change and (incident := incident_of(context.get("exception"))) and note_told(context, incident):
            self.log.info("No mail: the incident %s was mailed, and is why.", incident)
            return
        super().notify(context)

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """With `failure` for the templates: what the task raised, in words."""
        context["failure"] = _words(context.get("exception"))  # type: ignore[typeddict-unknown-key]
        super().render_template_fields(context, jinja_env)


class RecoveryMail(SmtpNotifier):
    """The `on_success_callback` of a task whose failure is mailed once: it is well again, where the run before was mailed."""

    def __init__(self) -> None:
        super().__init__(to=recipients(), subject=WELL_SUBJECT, html_content=WELL_BODY, smtp_conn_id=CONNECTION)

    def __call__(self, *args: Any) -> None:
        """Renders and sends a copy, as FailureMail does."""
        super(RecoveryMail, copy.copy(self)).__call__(*args)

    def notify(self, context: Context) -> None:
        if mailed_before(context):
            super().notify(context)


def _words(error: object) -> str:
    """Of a task that was killed there is no exception: the scheduler, which tells of it, has none."""
    if error is None:
        return "The task's process ended without a word: it was killed, ran out of memory, or could not reach Airflow's API server."
    return str(error) if isinstance(error, str) else f"{type(error).__name__}: {error}"
