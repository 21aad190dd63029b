"""What is kept about one, on the wire."""

from typing import Annotated, Any, TypedDict

from marketplace.identity.page_settings import LOW_DATA, TEXT_SIZES
from workers_portal.api.describing import an_id, one_of
from workers_portal.api.schemas.values import Instant


class OwnTableWire(TypedDict):
    """One table with rows about one."""

    table: Annotated[str, "Its name in `docs/personal-data.md`."]
    why: Annotated[str, "What for it is kept."]
    kept_for: Annotated[str, "How long it is kept while one's account is not deleted."]
    rows: Annotated[list[dict[str, Any]], "By column: ids, amounts, moments and texts as everywhere in the API."]


class OwnDataWire(TypedDict):
    """Everything that is kept about one."""

    person: Annotated[str, an_id("person")]
    made_at: Annotated[Instant, "Real time."]
    tables: list[OwnTableWire]


class PageSettingsWire(TypedDict):
    """How pages are shown to one."""

    low_data: Annotated[
        str, one_of(LOW_DATA), "Whether what weighs much waits until it is asked for; `as_browser` obeys `Save-Data`."
    ]
    text_size: Annotated[str, one_of(TEXT_SIZES), "How large letters are."]


class PageSettingsInput(TypedDict):
    """How pages are to be shown to one; both are chosen at once."""

    low_data: Annotated[str, one_of(LOW_DATA)]
    text_size: Annotated[str, one_of(TEXT_SIZES)]


class SessionWire(TypedDict):
    """A browser in which one is signed in."""

    id: Annotated[str, an_id("session")]
    pages: Annotated[str, one_of(("work", "console")), "As a worker, or for an organization."]
    browser: Annotated[str | None, "As far as it says so itself; null where nothing is known."]
    system: Annotated[str | None, "What it runs on, likewise."]
    signed_in_at: Annotated[Instant, "Real time."]
    last_seen_at: Annotated[Instant | None, "Real time, to five minutes."]
    expires_at: Annotated[Instant, "Real time."]


class EndedSessionWire(TypedDict):
    """A browser in which one is signed in no more."""

    id: Annotated[str, an_id("session")]
    ended_at: Annotated[Instant, "Real time."]
