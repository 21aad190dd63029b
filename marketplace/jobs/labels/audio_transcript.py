"""What is said in a sound, written down.

Schema: {"length_min": 1, "length_max": 10000}; both may be left out; in Unicode code points. Answer: {"text"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.jobs.labels import free_text
from marketplace.jobs.labels.kind import Accessibility, Example

CONTENT_KEYS: Final = frozenset({"media", "url"})
CONTENT_PARTS: Final[Mapping[str, str]] = {}
MEDIA: Final = "audio"
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=False, without_sight=True, phone=True)
EXAMPLE: Final[Example] = Example(
    {"length_max": 2000}, {"url": "https://sounds.example.org/17.mp3"}, {"text": "Good evening. Here is the news."}
)

validate_schema = free_text.validate_schema
validate_answer = free_text.validate_answer
form = free_text.form
