"""The mail catcher: an SMTP server that keeps what it is given, and sends nothing on."""

from __future__ import annotations

import sys
from pathlib import Path

from local.airflow_connections import SMTP_USERNAME
from local.parts.part import Part
from local.settings import LocalSettings
from local.stack import Stack


def prepare(stack: Stack) -> None:
    maildir(stack.settings).parent.mkdir(parents=True, exist_ok=True)


def part(stack: Stack) -> Part:
    port = stack.settings.ports.smtp
    secrets = {"HEADWATER_SMTP_USERNAME": SMTP_USERNAME, "HEADWATER_SMTP_PASSWORD": stack.credentials.smtp_password}
    return Part(
        name="mail",
        command=(sys.executable, "-m", "local.mail_catcher", str(port), str(maildir(stack.settings))),
        environment={**stack.base_environment(), **secrets},
        directory=stack.settings.home,
    )


def maildir(settings: LocalSettings) -> Path:
    return settings.data / "mail"
