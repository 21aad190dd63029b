"""Which workers a job is for, as its client says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.identity.skills import skill_names, skills_of
from marketplace.identity.values import countries, country, language, languages
from marketplace.kernel.errors import FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import Text, say

COUNTRIES_MAX: Final = 250
LANGUAGES_MAX: Final = 20
SKILLS_MAX: Final = 20
SCORE_UNKNOWN: Final = ("admit", "refuse")


@dataclass(frozen=True, slots=True)
class Screening:
    """Who finds and claims the job's tasks: who lives in one of `countries`, knows all `languages`, has all `skills`.

    Codes are those of the workers' profiles, skills are the client's own. An empty list asks for nothing. And whose
    score at the job's kind of labeling is at least `score_min` of 100; `score_unknown` says whether workers are
    admitted or refused whose score is not known, as everybody's is at first.
    """

    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[UUID, ...] = ()
    score_min: int | None = None
    score_unknown: str = "admit"

    def to_wire(self) -> dict[str, Any]:
        """As the log's digests take it."""
        skills = [public("skill", skill_id) for skill_id in self.skills]
        wire: dict[str, Any] = {"countries": list(self.countries), "languages": list(self.languages), "skills": skills}
        if self.score_min is not None:
            # Left out where no score is asked for: digests written before jobs could ask still hold.
            wire |= {"score_min": self.score_min, "score_unknown": self.score_unknown}
        return wire


def screening_errors(screening: Screening) -> Iterator[FieldError]:
    """What is wrong with it whoever asks."""
    yield from _code_errors("countries", screening.countries, countries(), COUNTRIES_MAX, "country_unknown")
    yield from _code_errors("languages", screening.languages, languages(), LANGUAGES_MAX, "language_unknown")
    yield from _list_errors("skills", screening.skills, SKILLS_MAX)
    if screening.score_min is not None and not 1 <= screening.score_min <= 100:
        yield FieldError("/screening/score_min", "out_of_range", "From 1 to 100, or null.")
    if screening.score_unknown not in SCORE_UNKNOWN:
        yield FieldError("/screening/score_unknown", "unknown", "One of admit and refuse.")
    elif screening.score_min is None and screening.score_unknown != "admit":
        yield FieldError("/screening/score_unknown", "needs_score_min", "It says nothing without a score_min.")


def skill_errors(session: Session, client_id: UUID, screening: Screening) -> list[FieldError]:
    """The skills that are not the client's own, no matter whether they are another's or nobody's."""
    own = skills_of(session, client_id, screening.skills)
    return [
        FieldError(f"/screening/skills/{index}", "skill_unknown", "There is no skill of yours with this id.")
        for index, skill_id in enumerate(screening.skills)
        if skill_id not in own
    ]


def in_words(session: Session, screening: Screening) -> str:
    """What is asked for, as a reader takes it; "" where nothing is."""
    parts = list(_parts(screening, skill_names(session, screening.skills)))
    if not parts:
        return ""
    return reduce(lambda before, part: say("%(before)s; %(part)s", before=before, part=part), parts)


def _parts(screening: Screening, names: Mapping[UUID, str]) -> Iterator[Text]:
    if screening.countries:
        yield say("in %(countries)s", countries=_any_of([country(code) for code in screening.countries]))
    if len(screening.languages) == 1:
        yield say("with the language %(language)s", language=language(screening.languages[0]))
    elif screening.languages:
        yield say("with the languages %(languages)s", languages=_all_of([language(one) for one in screening.languages]))
    if len(screening.skills) == 1:
        yield say("with the skill %(skill)s", skill=names.get(screening.skills[0], str(screening.skills[0])))
    elif screening.skills:
        yield say(
            "with the skills %(skills)s",
            skills=_all_of([names.get(skill_id, str(skill_id)) for skill_id in screening.skills]),
        )
    if screening.score_min and screening.score_unknown == "admit":
        yield say("with a score of %(least)s or more, or none yet, for this kind of work", least=screening.score_min)
    elif screening.score_min:
        yield say("with a score of %(least)s or more for this kind of work", least=screening.score_min)


def _any_of(found: Sequence[Any]) -> Any:
    """At least one, as "one, another or a third"."""
    return found[0] if len(found) == 1 else say("%(first)s or %(last)s", first=tuple(found[:-1]), last=found[-1])


def _all_of(found: Sequence[Any]) -> Any:
    """At least one, as "one, another and a third"."""
    return found[0] if len(found) == 1 else say("%(first)s and %(last)s", first=tuple(found[:-1]), last=found[-1])


def _code_errors(name: str, given: Sequence[str], known: dict[str, str], most: int, code: str) -> Iterator[FieldError]:
    yield from _list_errors(name, given, most)
    for index, value in enumerate(given):
        if value not in known:
            yield FieldError(f"/screening/{name}/{index}", code, f"{value!r} is no code of two letters known here.")


def _list_errors(name: str, given: Sequence[object], most: int) -> Iterator[FieldError]:
    if len(given) > most:
        yield FieldError(f"/screening/{name}", "too_long", f"At most {most}.")
    for index, value in enumerate(given):
        if value in given[:index]:
            yield FieldError(f"/screening/{name}/{index}", "duplicate", "This is there twice.")
