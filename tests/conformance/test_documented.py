"""Every operation of the running service, called with hundreds of generated requests, answers as it is documented.

Schemathesis generates them from both documents in docs/, right ones and wrong ones, and checks statuses, media types,
headers, bodies, what is refused, what is accepted, methods, and that no answer is a fault of the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    positive_data_acceptance,
    unsupported_method,
)

from tests.conformance.market import Market, opened, read_document
from tests.server import Server

pytestmark = [pytest.mark.campaign, pytest.mark.xdist_group("conformance")]
DOCUMENTS: Final = [read_document("openapi.json"), read_document("worker-openapi.json")]
EXAMPLES_EACH: Final = 15
REFUSED: Final = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429"]
# What is right by its schema may still be refused for what it means: by the state, the money, the rules.
MEANING: Final = ["2xx", "304", "401", "402", "403", "404", "409", "410", "412", "413", "422", "423", "428"]
BESIDE_IDS: Final = ("/v1/reviews/accept", "/v1/reviews/take-next", "/worker/v1/claims/several")
"""Words in the place of an id, which is what GET takes them for, so `Allow` names it and the answer is 404."""

CONFIG: Final = SchemathesisConfig.from_dict(
    {
        "seed": 2027,
        "checks": {
            "positive_data_acceptance": {"expected-statuses": MEANING},
            "negative_data_rejection": {"expected-statuses": REFUSED},
            "missing_required_header": {"expected-statuses": REFUSED},
        },
        "generation": {"allow-x00": False},  # no text may hold NUL, and no schema can say so
    }
)

schema, worker_schema = (schemathesis.openapi.from_dict(document, config=CONFIG) for document in DOCUMENTS)
_here: list[Market] = []


@schemathesis.serializer("application/x-ndjson", "text/csv")
def as_text(_context: Any, value: Any) -> bytes:
    """Lines are generated as one text."""
    return str(value).encode("utf-8", "replace")


@schemathesis.serializer("audio/*", "image/*")
def as_bytes(_context: Any, value: Any) -> bytes:
    """No sound and no picture, which is what is to be said of it."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def market(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with opened(server, tmp_path_factory.mktemp("conformance"), DOCUMENTS) as made:
        _here.append(made)
        yield made
        _here.clear()


@schema.hook
@worker_schema.hook
def map_path_parameters(_context: Any, path_parameters: Mapping[str, Any] | None) -> Any:
    """An id that is one by its form becomes one that exists, so that the verb behind it is reached."""
    return {name: _existing(name, value) for name, value in (path_parameters or {}).items()}


def _existing(name: str, value: Any) -> Any:
    known = _here[0].existing(name) if _here else []
    is_an_id = isinstance(value, str) and len(value) == 30 and value.isascii()
    return known[len(known) // 2] if known and is_an_id else value


BOUNDED: Final = settings(
    max_examples=EXAMPLES_EACH,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schema.parametrize()
@BOUNDED
def test_every_operation_answers_as_documented(case: schemathesis.Case[Any], market: Market) -> None:
    _try(case, market)


@worker_schema.parametrize()
@BOUNDED
def test_every_operation_of_the_worker_api_answers_as_documented(case: schemathesis.Case[Any], market: Market) -> None:
    _try(case, market)


def _try(case: schemathesis.Case[Any], market: Market) -> None:
    headers = market.headers(case.path, case.operation.definition.raw["x-permission"])
    response = case.call(base_url=market.service.url, headers=headers, timeout=60)
    case.validate_response(
        response,
        excluded_checks=[
            *([positive_data_acceptance] if _says_what_no_schema_can(response) else []),
            *([allow_header_conformance, unsupported_method] if case.path in BESIDE_IDS else []),
        ],
        headers=headers,
        transport_kwargs={"base_url": market.service.url, "headers": headers, "timeout": 60},
    )


_UNSAID: Final = ("cursor_invalid", "language_unknown", "is no currency", "An amount an hour needs its currency.")


def _says_what_no_schema_can(response: Any) -> bool:
    """A cursor is opaque: none can be made up that a list would take. Not all codes are; and one can need another."""
    return response.status_code == 400 and any(told in str(response.text) for told in _UNSAID)
