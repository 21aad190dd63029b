"""What is kept about one, on the wire."""

from typing import Annotated, Any, TypedDict

from workers_portal.api.describing import an_id
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
