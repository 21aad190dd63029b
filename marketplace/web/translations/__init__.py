"""What workers read, in their languages: catalogs, read as they are written, without a step that compiles them.

A catalog of some eight hundred texts is read in a few hundredths of a second, once a language and process.
"""

import io
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES: Final[dict[str, str]] = {
    "en": "English",
    "zh_Hans": "简体中文",
    "sw": "Kiswahili",
    "hi": "हिन्दी",
    "ar": "العربية",
}
"""The languages of the workers' pages, each by its own name; English is what stands in the source."""
TRANSLATED: Final = tuple(language for language in LANGUAGES if language != "en")


def path_of(language: str) -> Path:
    """Where the catalog of a language lies."""
    return Path(__file__).parent / language / "LC_MESSAGES" / "messages.po"


@cache
def catalog(language: str) -> Translations:
    """The texts of a language; what is not translated yet stays English."""
    with path_of(language).open("rb") as file:
        read = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return Translations(compiled)
