"""The pages of docs/ that follow from the code."""

import inspect
import json
from importlib import import_module
from typing import Any

from client_api import openapi, standalone
from client_api.generating import targets, writing
from marketplace.entrypoints import catalogs
from marketplace.entrypoints.event_documents import events_page, events_schemas
from marketplace.entrypoints.page_parts import page, table
from marketplace.entrypoints.personal_data_page import personal_data_page
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.identity.permissions import DESCRIPTIONS, ROLES
from marketplace.jobs.contents import ITEM_TEXT_MAX
from marketplace.jobs.labels import KINDS
from marketplace.jobs.labels.kind import ANSWER_BYTES_MAX, CLASSES_MAX, SCHEMA_BYTES_MAX
from marketplace.settings import described
from marketplace.web.documenting.errors import errors_by_status
from marketplace.web.documenting.page import text_of
from marketplace.work.submitting import SUBMISSION_BYTES_MAX
from workers_portal.api import openapi as worker_openapi

_ERRORS_HEAD = """# Errors

Every refusal is a problem document (RFC 9457) with a stable `code`. Programs should look at the code, never at the
words. This page is generated from the code; `piecework docs` writes it anew.
"""


def files() -> dict[str, str]:
    """Every generated page: path in the repository -> text."""
    import_module("marketplace.entrypoints.wsgi")  # declares every refusal of every package
    organizations, workers = openapi.document(standalone()), worker_openapi.document()
    return {
        "docs/openapi.json": text_of(organizations),
        "docs/worker-openapi.json": text_of(workers),
        **writing.files(organizations, targets.ORGANIZATIONS),
        **writing.files(workers, targets.WORKERS),
        **catalogs.files(),
        "docs/errors.md": errors_page(),
        "docs/settings.md": settings_page(),
        "docs/permissions.md": permissions_page(),
        "docs/sweeps.md": sweeps_page(),
        "docs/audit-events.md": events_page(),
        "docs/audit-events.json": events_schemas(),
        "docs/label-kinds.md": label_kinds_page(),
        "docs/personal-data.md": personal_data_page(),
    }


def errors_page() -> str:
    """Every refusal, by status."""
    lines = [_ERRORS_HEAD]
    for status, entries in errors_by_status().items():
        lines += [f"## {status}", "", "| code | meaning | what to do or know |", "|---|---|---|"]
        lines += [f"| `{code}` | {title} | {explanation.replace('|', '/')} |" for code, title, explanation in entries]
        lines.append("")
    return "\n".join(lines)


def settings_page() -> str:
    """Every environment variable, its default and its meaning."""
    rows = [(f"`{setting.name}`", setting.default or "none", setting.meaning) for setting in described()]
    return page(
        "Settings",
        "Every setting is an environment variable, read once at start. A value that breaks its rule is refused with a "
        "sentence that names the variable and the rule.",
        table(("variable", "default", "meaning"), rows),
    )


def permissions_page() -> str:
    """Every permission with the roles that hold it."""
    rows = [
        (f"`{name}`", meaning, ", ".join(role for role in ROLES if name in ROLES[role]) or "none")
        for name, meaning in sorted(DESCRIPTIONS.items())
    ]
    return page(
        "Permissions",
        "What each role may do. Beside the permission, a row must be visible: one organization never sees another's.",
        table(("permission", "allows", "held by"), rows),
    )


def sweeps_page() -> str:
    """Everything that is done by the clock."""
    rows = [
        (
            f"`{sweep.name}`",
            f"{sweep.every_seconds:g} s",
            sweep.meaning,
            "yes" if sweep.follows_market_time else "no",
        )
        for sweep in SWEEPS
    ]
    return page(
        "Sweeps",
        "What the scheduler does. Ticks are hints, due rows are the truth: any number of schedulers may run, and a "
        "missed tick is made up by the next. Those that follow market time also run right after "
        "`piecework clock advance`. How they go is in [metrics.md](metrics.md).",
        table(("sweep", "every", "does", "follows market time"), rows),
    )


def label_kinds_page() -> str:
    """Every kind of labeling: its schema, what its items hold, its answers, and an example of each."""
    parts = []
    for name, kind in KINDS.items():
        example = kind.EXAMPLE
        parts.append(f"## `{name}`\n\n{inspect.cleandoc(kind.__doc__ or '')}\n")
        rows = [
            ("`label_schema` of the job", _json(example.schema)),
            ("`content` of an item", _json(example.content)),
            ("the answer", _json(example.answer)),
        ]
        parts.append(table(("", "example"), rows))
    limits = (
        f"- a label schema has at most {SCHEMA_BYTES_MAX:,} bytes as JSON, and {CLASSES_MAX} classes;\n"
        f"- the texts of an item have at most {ITEM_TEXT_MAX:,} characters together;\n"
        f"- an answer has at most {ANSWER_BYTES_MAX:,} bytes as JSON (`answer_too_large`, 422), and all answers of a "
        f"submission {SUBMISSION_BYTES_MAX:,} (`submission_too_large`, 413);\n"
        f"- the kinds below have limits of their own for the number of marks, corners and characters.\n"
    )
    return page(
        "Kinds of labeling",
        "A job has one `kind`, and under it a `label_schema`, which is checked when the job is made or changed. Every "
        "answer and every model's proposal (`prelabel`) is checked by it. What is wrong is told with a JSON pointer, "
        "such as `/label_schema/classes/3` or `/answers/itm_…/polygons/0/points/2/1`. All numbers are whole, so that "
        "an answer has one canonical form, byte by byte.\n\nLimits:\n\n" + limits.rstrip(),
        "\n".join(parts),
    )


def _json(value: Any) -> str:
    return f"`{json.dumps(dict(value), ensure_ascii=False)}`"
