"""Mails in the language of who reads them."""

from dataclasses import replace

from babel import Locale

from marketplace.kernel.ports import Mailer, Message
from marketplace.kernel.texts import Text
from marketplace.web.saying import said_in
from marketplace.web.translations import LANGUAGES


class TranslatedMails:
    """Hands messages to a mailer, each in its language."""

    def __init__(self, mailer: Mailer) -> None:
        """`mailer` sends them."""
        self._mailer = mailer

    def send(self, message: Message) -> None:
        """Hand the message over; raises OSError if that cannot be done."""
        locale = Locale.parse(message.language if message.language in LANGUAGES else "en")
        self._mailer.send(replace(message, subject=_put(message.subject, locale), text=_put(message.text, locale)))


def _put(text: str, locale: Locale) -> str:
    return said_in(text, locale) if isinstance(text, Text) else text
