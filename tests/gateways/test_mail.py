import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.policy import default

import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.choosing import make_mailer
from marketplace.gateways.mail import read_development_mail
from marketplace.kernel.ports import Message
from tests.builders.payouts import inside


class SmtpHandler(socketserver.StreamRequestHandler):
    """Just enough SMTP to take one message at a time."""

    def handle(self) -> None:
        server: SmtpServer = self.server  # type: ignore[assignment]
        self.reply("220 test")
        lines: list[str] | None = None
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if lines is not None:
                if line != ".":
                    lines.append(line)
                    continue
                server.messages.append("\n".join(lines))
                lines = None
                self.reply("250 taken")
            elif line.upper().startswith("DATA"):
                lines = []
                self.reply("354 go on")
            elif line.upper().startswith("QUIT"):
                self.reply("221 bye")
                return
            elif server.refuses and line.upper().startswith("RCPT"):
                self.reply("550 no such mailbox")
            else:
                self.reply("250 ok")

    def reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SmtpHandler)
        self.messages: list[str] = []
        self.refuses = False


@contextmanager
def serving() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


LETTER = Message("wanjiru@example.test", "Your way in – 4711", "Follow the link:\nhttp://localhost/work/sign-in\n")


def test_the_development_mailbox_keeps_the_newest_first(session: Session) -> None:
    mailer = make_mailer("development", inside(session))
    mailer.send(Message("a@example.test", "first", "1"))
    mailer.send(LETTER)

    assert read_development_mail(session, 10)[0] == LETTER
    assert len(read_development_mail(session, 1)) == 1


def test_mail_goes_out_by_smtp_with_its_words_intact(session: Session) -> None:
    with serving() as server:
        url = f"smtp://127.0.0.1:{server.server_address[1]}?from=no-reply@piecework.example"
        make_mailer(url, inside(session)).send(LETTER)

    mail = message_from_string(server.messages[0], policy=default)
    assert (mail["To"], mail["From"], mail["Subject"]) == (LETTER.to, "no-reply@piecework.example", LETTER.subject)
    assert mail.get_content().strip() == LETTER.text.strip()


def test_what_cannot_be_handed_over_is_an_os_error(session: Session) -> None:
    with serving() as server:
        server.refuses = True
        port = server.server_address[1]
        with pytest.raises(OSError, match="no such mailbox"):
            make_mailer(f"smtp://127.0.0.1:{port}", inside(session)).send(LETTER)
    with pytest.raises(OSError, match="refused"):
        make_mailer(f"smtp://127.0.0.1:{port}", inside(session)).send(LETTER)


def test_a_line_break_does_not_smuggle_a_header(session: Session) -> None:
    with pytest.raises(ValueError, match=r"header|newline|linefeed"):
        make_mailer("smtp://127.0.0.1:1", inside(session)).send(Message("a@example.test", "x\nBcc: b@c.test", ""))
