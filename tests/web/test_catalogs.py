"""The catalogs: complete in every language, with the same values and the same markup as the English texts."""

import re
from collections import Counter

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

from marketplace.web.translations import LANGUAGES, TRANSLATED, catalog, path_of

PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")
TAG = re.compile(r"<[^>]+>")


@pytest.fixture(params=TRANSLATED)
def read(request: pytest.FixtureRequest) -> Catalog:
    with path_of(request.param).open("rb") as file:
        return read_po(file, locale=request.param)


def texts(message: Message) -> list[tuple[str, str]]:
    """Each translated text beside the English one it stands for."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    singular, plural = message.id
    assert isinstance(message.string, tuple)
    return [(plural, text) for text in message.string] if singular else []


def told(message: Message) -> str:
    return f"{message.id!r} is {message.string!r}"


def test_every_text_is_translated(read: Catalog) -> None:
    messages = [message for message in read if message.id]
    assert len(messages) > 800
    assert [message.id for message in messages if message.fuzzy] == []
    assert [message.id for message in messages if any(not text.strip() for _, text in texts(message))] == []
    plural = [message for message in messages if not isinstance(message.id, str)]
    assert [message.id for message in plural if len(texts(message)) != read.num_plurals] == []


def test_values_and_markup_are_those_of_the_english_text(read: Catalog) -> None:
    for message in (message for message in read if message.id):
        for english, text in texts(message):
            wanted, found = Counter(PLACEHOLDER.findall(english)), Counter(PLACEHOLDER.findall(text))
            if isinstance(message.id, str):
                assert found == wanted, told(message)
            else:
                # "one answer" need not show its number.
                assert {**found, "%(num)s": 0} == {**wanted, "%(num)s": 0}, told(message)
            assert Counter(TAG.findall(text)) == Counter(TAG.findall(english)), told(message)
            assert text == text.strip(), told(message)


def test_a_catalog_is_read_as_it_is_written() -> None:
    for language in LANGUAGES:
        if language != "en":
            assert catalog(language).ugettext("Find tasks")


def test_arabic_counts_in_its_six_ways() -> None:
    arabic = catalog("ar")
    said = [arabic.ungettext("%(num)s box", "%(num)s boxes", number) % {"num": number} for number in (1, 2, 3, 11, 100)]
    assert said == ["مربع واحد", "مربعان", "3 مربعات", "11 مربعًا", "100 مربع"]
