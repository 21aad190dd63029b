import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.builders.web import Browser
from tests.workers_portal.conftest import Program
from workers_portal.api import openapi
from workers_portal.api.describing import Describer, Says, an_id


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [op for item in document["paths"].values() for method, op in item.items() if method != "parameters"]


def test_the_document_is_valid_openapi_3_1_and_served_as_it_is_committed(
    document: dict[str, Any], browser: Browser
) -> None:
    OpenAPIV31SpecValidator(document).validate()
    served = browser.client.get("/worker/v1/openapi.json")
    assert (served.status_code, served.get_data(as_text=True)) == (200, openapi.text())
    assert json.loads(openapi.text()) == document


def test_every_operation_has_a_name_of_its_own_a_tag_a_permission_and_its_refusals(document: dict[str, Any]) -> None:
    found = operations(document)
    assert len({op["operationId"] for op in found}) == len(found)
    for op in found:
        assert op["tags"][0] in {tag["name"] for tag in document["tags"]}
        assert op["x-permission"] in document["x-permissions"]
        assert {"400", "401", "403", "default"} <= op["responses"].keys()


def test_whatever_creates_takes_a_key_but_a_claim(document: dict[str, Any]) -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    keyless = {op["operationId"] for op in operations(document) if key not in op.get("parameters", ())}
    creating = {op["operationId"] for op in operations(document) if "201" in op["responses"]}
    assert creating & keyless == {"claim_next", "claim_several"}


def test_problems_are_the_same_at_both_apis(document: dict[str, Any]) -> None:
    from client_api import openapi as other
    from client_api import standalone

    theirs = other.document(standalone())["components"]["schemas"]["Problem"]
    own = document["components"]["schemas"]["Problem"]
    assert own["properties"].keys() == theirs["properties"].keys()
    assert set(own["required"]) == set(theirs["required"])


def test_a_query_that_an_operation_does_not_take_is_refused_and_a_page_links_the_next(program: Program) -> None:
    answer = program.get("/earnings?currency=CNY")
    assert (answer.status_code, answer.json["code"], answer.json["errors"][0]["pointer"]) == (
        400,
        "query_invalid",
        "/currency",
    )


def test_a_type_that_json_has_not_got_and_a_noun_that_there_is_not_are_refused_at_declaration() -> None:
    with pytest.raises(TypeError, match="no JSON Schema"):
        Describer().schema(bytes)
    with pytest.raises(ValueError, match="no noun"):
        an_id("nonsense")
    assert Describer().schema(int | None) == {"type": ["integer", "null"]}
    assert Says(minimum=1).words == {"minimum": 1}
