"""The mails that the catcher has kept."""

from __future__ import annotations

import mailbox
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path


def kept(folder: Path) -> list[EmailMessage]:
    """All mails, oldest first; none before the catcher ever ran."""
    if not folder.exists():
        return []
    box = mailbox.Maildir(folder, create=False)
    files = [(box.get_message(key).get_date(), key) for key in box.iterkeys()]
    parser = BytesParser(policy=policy.default)
    return [parser.parsebytes(box.get_bytes(key)) for _, key in sorted(files)]  # type: ignore[misc]


def subject(mail: EmailMessage) -> str:
    return str(mail["Subject"] or "(no subject)")


def readable(mail: EmailMessage) -> str:
    """Its headers of interest and its text; of an HTML mail the words."""
    headers = "\n".join(f"{name}: {mail[name]}" for name in ("Date", "From", "To", "Subject") if mail[name])
    body = mail.get_body(preferencelist=("plain", "html"))
    text = str(body.get_content()) if body else ""
    return f"{headers}\n\n{_words(text) if body and body.get_content_subtype() == 'html' else text}"


class _Words(HTMLParser):
    """Text of an HTML page; a new line where a block begins."""

    _BLOCKS = ("p", "br", "tr", "pre", "div", "li", "table")

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text.append("\n" if tag in self._BLOCKS else "\t" if tag == "td" else "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _words(html: str) -> str:
    words = _Words()
    words.feed(html)
    lines = ("".join(words.text)).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())
