"""What the documents of both JSON APIs say in the same words: ids, keys, versions, refusals."""

import re
from typing import Any, Final

from marketplace.kernel.ids import BODY_PATTERN, PREFIXES
from marketplace.web.idempotency import HEADER, KEY_PATTERN, REPLAYED
from marketplace.web.problems import MEDIA_TYPE

ETAG_PATTERN: Final = '^"([0-9]{1,18})"$'
_NOUNS: Final = {"run_id": "payout_run"}

IDEMPOTENCY_KEY: Final[dict[str, Any]] = {
    "in": "header",
    "name": HEADER,
    "required": True,
    "description": f"Your name for this request; sent again, it is answered as before, with {REPLAYED}: true.",
    "schema": {"type": "string", "pattern": KEY_PATTERN, "minLength": 1, "maxLength": 255},
    "example": "order-2027-0042",
}
IF_MATCH: Final[dict[str, Any]] = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of the version you read.",
    "schema": {"type": "string", "pattern": ETAG_PATTERN},
    "example": '"3"',
}
PROBLEM_RESPONSE: Final[dict[str, Any]] = {
    "description": "Refused; `code` says why (docs/errors.md lists all of them).",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def noun(parameter: str) -> str:
    """The noun whose id a parameter of an address holds."""
    return _NOUNS.get(parameter, parameter.removesuffix("_id"))


def rule_of(path: str) -> str:
    """A documented path as a rule of routes."""
    return path.replace("{", "<").replace("}", ">")


def id_pattern(of: str) -> str:
    """The regular expression of the public ids of a noun."""
    return f"^{PREFIXES[of]}_{BODY_PATTERN}$"


def example_id(of: str) -> str:
    """An id of a noun for the documents; nothing has it."""
    return f"{PREFIXES[of]}_01h455vb4pex5vsknk084sn02q"


def id_parameters(path: str) -> list[dict[str, Any]]:
    """The parameters of an address such as `/jobs/{job_id}`: each is the id of the noun it is called after."""
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "schema": {"type": "string", "pattern": id_pattern(noun(name))},
            "example": example_id(noun(name)),
        }
        for name in re.findall(r"{(\w+)}", path)
    ]
