"""Mail: by SMTP, or kept in the database for the development mail page."""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.models import DevelopmentMail
from marketplace.kernel.ports import Message
from marketplace.rails.port import Transactions

SECONDS_MAX = 20
SENDER = "no-reply@localhost"


class SmtpMailer:
    """Hands each message to one SMTP server, encrypted unless it speaks no TLS on this very machine."""

    def __init__(self, url: str) -> None:
        """`url` is smtp://user:password@host:587?from=no-reply@example.org, or smtps:// for TLS from the start."""
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._implicit_tls else 587)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = parse_qs(parts.query).get("from", [SENDER])[0]

    def send(self, message: Message) -> None:
        """Hand the message over; raises OSError (smtplib's errors are such) when that cannot be done."""
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        mail.set_content(message.text)
        with self._connect() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._implicit_tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=SECONDS_MAX, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=SECONDS_MAX)
        try:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
            elif self._host not in {"localhost", "127.0.0.1", "::1"}:
                raise OSError(f"{self._host} offers no encryption; mail is not sent in the clear")
        except BaseException:
            server.close()
            raise
        return server


class DevelopmentMailer:
    """Keeps messages instead of sending them."""

    def __init__(self, transactions: Transactions) -> None:
        """`transactions` opens the mailbox's own transactions."""
        self._transactions = transactions

    def send(self, message: Message) -> None:
        """Put the message into the mailbox."""
        with self._transactions() as session:
            session.add(DevelopmentMail(to=message.to, subject=message.subject, text=message.text))


def read_development_mail(session: Session, limit: int) -> Sequence[Message]:
    """The newest messages of the mailbox, newest first."""
    rows = session.scalars(select(DevelopmentMail).order_by(DevelopmentMail.id.desc()).limit(limit))
    return [Message(to=row.to, subject=row.subject, text=row.text) for row in rows]
