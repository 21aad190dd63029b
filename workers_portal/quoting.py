"""Spans as people name them: the words themselves, and which time they stand in the text."""

from __future__ import annotations

NTH_MAX = 100_000


def _flat(text: str) -> str:
    """The same with a plain space for each blank of any sort, so that places stay what they are."""
    return "".join(" " if character.isspace() else character for character in text)


class Quoting:
    """Finds words in a text, and words for a place in it; offsets in code points, the end not included."""

    def __init__(self, text: str) -> None:
        self._text = _flat(text)
        # Runs of blanks as one, with the place of each character in the text: what is copied from a page comes so.
        self._places = [
            place for place, one in enumerate(self._text) if one != " " or place == 0 or self._text[place - 1] != " "
        ]
        self._joined = "".join(self._text[place] for place in self._places)

    def find(self, words: str, nth: int = 1) -> tuple[int, int] | None:
        """Where the words stand for the nth time; None where they do not stand so often."""
        words = _flat(words)
        exact = _nth(self._text, words, nth)
        if exact is not None:
            return exact, exact + len(words)
        words = " ".join(words.split())
        joined = _nth(self._joined, words, nth)
        if joined is None:
            return None
        return self._places[joined], self._places[joined + len(words) - 1] + 1

    def quote(self, start: int, end: int) -> tuple[str, int]:
        """The words of a span, and which time they stand there."""
        words, nth, found = self._text[start:end], 0, -1
        while words and found < start:
            found = self._text.find(words, found + 1)
            if found < 0:
                break
            nth += 1
        return words, max(nth, 1)


def _nth(text: str, words: str, nth: int) -> int | None:
    found = -1
    for _ in range(min(nth, NTH_MAX)):
        found = text.find(words, found + 1) if words else -1
        if found < 0:
            return None
    return found
