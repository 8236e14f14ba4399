"""The real catcher, as `up` starts it, and the mails that it keeps."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from local import launch, mails
from local.credentials import Credentials
from local.parts import mail
from local.ports import free_ports
from local.settings import LocalSettings
from local.stack import Stack


@pytest.fixture(scope="module")
def catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    (port,) = free_ports(1)
    home = tmp_path_factory.mktemp("mail")
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(home), "HEADWATER_SMTP_PORT": str(port)})
    stack = Stack(settings, Credentials.load_or_create(settings))
    mail.prepare(stack)
    launch.ensure(settings, mail.part(stack))
    yield stack
    launch.stop(settings, "mail")


def a_mail(subject: str, text: str, kind: str = "plain") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", subject
    message.set_content(text, subtype=kind)
    return message


def send(stack: Stack, message: EmailMessage, password: str | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", stack.settings.ports.smtp, timeout=10) as server:
        server.login(mail.SMTP_USERNAME, password or stack.credentials.smtp_password)
        server.send_message(message)


def test_mails_are_kept_in_the_order_in_which_they_came(catcher: Stack) -> None:
    before = len(mails.kept(mail.maildir(catcher.settings)))
    send(catcher, a_mail("Tâche échouée", "the first"))
    send(catcher, a_mail("again", "the second"))
    kept = mails.kept(mail.maildir(catcher.settings))[before:]
    assert [mails.subject(each) for each in kept] == ["Tâche échouée", "again"]
    assert mails.readable(kept[0]).endswith("the first\n")


def test_of_an_html_mail_the_words_are_shown(catcher: Stack) -> None:
    send(catcher, a_mail("html", "<p><b>silver</b> failed</p><table><tr><td>Run</td><td>r1</td></tr></table>", "html"))
    shown = mails.readable(mails.kept(mail.maildir(catcher.settings))[-1])
    assert shown.endswith("silver failed\nRun\tr1")


def test_a_wrong_password_is_refused(catcher: Stack) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(catcher, a_mail("no", "no"), password="wrong")


def test_without_login_nothing_is_taken(catcher: Stack) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.settings.ports.smtp, timeout=10) as server, pytest.raises(smtplib.SMTPException):
        server.send_message(a_mail("no", "no"))


def test_before_the_first_start_there_is_no_mail(tmp_path: Path) -> None:
    assert mails.kept(tmp_path / "none") == []
