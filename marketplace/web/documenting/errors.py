"""Every refusal that the product declares, for docs/errors.md and for the pages about them."""

from __future__ import annotations

import sys

from marketplace.kernel.errors import ErrorSpec
from marketplace.web.problems import STATUS

# What the server itself says before or beside the domain, as web/problems.py names it by the status.
HTTP_PROBLEMS = {
    400: ("bad_request", "Bad Request", "The request breaks HTTP's own rules."),
    404: ("not_found", "Not Found", "There is nothing at this address."),
    405: ("method_not_allowed", "Method Not Allowed", "The Allow header lists the methods of this address."),
    413: ("request_entity_too_large", "Request Entity Too Large", "The documentation names the limits of bodies."),
    415: ("unsupported_media_type", "Unsupported Media Type", "Set Content-Type to one that this address takes."),
    500: ("internal_server_error", "Internal Server Error", "A fault of ours, logged under the request_id."),
}
PACKAGES = ("marketplace", "client_api", "workers_portal")


def known_errors() -> list[ErrorSpec]:
    """The refusals that imported modules of the product declare, ordered by code; the web entry point imports all.

    Not kernel.errors.all_errors(), which in a test run knows what tests declare too.
    """
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in PACKAGES]
    found = {spec.slug: spec for module in modules for spec in vars(module).values() if isinstance(spec, ErrorSpec)}
    return [found[slug] for slug in sorted(found)]


def errors_by_status() -> dict[int, list[tuple[str, str, str]]]:
    """(code, title, explanation) of every refusal, by HTTP status, both ascending."""
    found: dict[int, dict[str, tuple[str, str, str]]] = {}
    for spec in known_errors():
        found.setdefault(STATUS[spec.kind], {})[spec.slug] = (spec.slug, spec.title, spec.explanation)
    for status, (code, title, explanation) in HTTP_PROBLEMS.items():
        found.setdefault(status, {}).setdefault(code, (code, title, explanation))
    return {status: [found[status][code] for code in sorted(found[status])] for status in sorted(found)}
