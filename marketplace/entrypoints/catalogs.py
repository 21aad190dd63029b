"""The catalogs of what workers read: every text of their pages collected, and each language brought up to date.

Translators fill in what is empty in marketplace/web/translations/<language>/LC_MESSAGES/messages.po.
"""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from marketplace.contracts.fee_report_models import FEE_REPORT_STATES
from marketplace.identity.states import INVITATION, TEAM
from marketplace.jobs.labels import KINDS
from marketplace.notifications.rules import RULES
from marketplace.payouts.states import PAYOUT
from marketplace.protection.decisions import EXPLAINED
from marketplace.rails.states import DESTINATION_CHANGE
from marketplace.settlement.extra_models import ALLOWANCE_KINDS, LAYER_KINDS
from marketplace.settlement.states import HELD_BY_FINANCE, INSTALLMENT, PAYEE_CURABLE
from marketplace.web import translations
from marketplace.web.translations import TRANSLATED
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.skip_models import SKIP_REASONS
from marketplace.work.states import ANSWER, APPEAL, CLAIM, DISPUTE, TASK

ACCESS_RULE_STATES: Final = ("live", "ended", "expired")
NOUNS: Final = (
    "access_rule", "answer", "api_key", "batch", "claim", "event", "installment", "item", "job", "organization",
    "payout_method_change", "skill", "team", "team_invitation",
)  # fmt: skip
"""What the addresses of workers' pages name by an id."""
MARKED: Final = ("boxes", "cuboids", "points", "polygons", "segments", "spans")
"""What an answer lists, in the words of its errors."""
WHOLES: Final = ("sound", "text")
NONE: Final = "none"
ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("marketplace/web", "workers_portal")
CORE: Final = "marketplace"
# The mails that development catches, and the API's documentation, are not for workers.
LEFT_OUT: Final = ("templates/api_docs/", "templates/mail.html")
_METHODS: Final = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_SAID: Final[Mapping[str, tuple[int, ...] | None]] = {"say": None}
_KEYWORDS: Final[Mapping[str, tuple[int, ...] | None]] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    **_SAID,
}


def files() -> dict[str, str]:
    """Every catalog: path in the repository -> text; what was translated stays, what nobody reads any more goes."""
    template = collect()
    folder = Path(translations.__file__).parent
    found = {str((folder / "messages.pot").relative_to(ROOT)): _text(template)}
    for language in TRANSLATED:
        path = translations.path_of(language)
        catalog = Catalog(locale=language)
        if path.exists():
            with path.open("rb") as file:
                catalog = read_po(file, locale=language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        found[str(path.relative_to(ROOT))] = _text(catalog)
    return found


def collect() -> Catalog:
    """All texts: what pages say by `_`, what the core says by `say`, and the names of states and kinds."""
    template = Catalog()
    for folder, keywords in (*((folder, _KEYWORDS) for folder in FOLDERS), (CORE, _SAID)):
        for name, text in _extracted(folder, keywords):
            template.add(text, locations=[(f"{folder}/{name}", 0)])
    for name in names():
        template.add(name, locations=[("states and kinds", 0)])
    return template


def names() -> list[str]:
    """What `formatting.words` shows workers: states, kinds and reasons, which stand in no source as texts."""
    machines = (ANSWER, APPEAL, CLAIM, DESTINATION_CHANGE, DISPUTE, INSTALLMENT, INVITATION, PAYOUT, TASK, TEAM)
    codes = {name for machine in machines for name in (machine.noun, *machine.states)}
    codes |= {*NOUNS, *ACCESS_RULE_STATES, *MARKED, *WHOLES, NONE}
    codes |= {*ALLOWANCE_KINDS, *LAYER_KINDS, *KINDS, *REVIEW_CATEGORIES, *SKIP_REASONS, *EXPLAINED, *RULES}
    codes |= {*PAYEE_CURABLE, HELD_BY_FINANCE, *FEE_REPORT_STATES}
    return sorted(code.replace(".", " ").replace("_", " ") for code in codes)


def _extracted(
    folder: str, keywords: Mapping[str, tuple[int, ...] | None]
) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    found = extract_from_dir(ROOT / folder, method_map=_METHODS, keywords=keywords, directory_filter=_is_ours)
    for name, _line, message, _comments, _context in found:
        if any(part in name for part in LEFT_OUT):
            continue
        # Elsewhere a function may be called like the one of the kernel.
        if keywords is not _SAID or "marketplace.kernel.texts" in (ROOT / folder / name).read_text():
            yield name, message


def _is_ours(folder: str) -> bool:
    return Path(folder).name != "node_modules"


def _text(catalog: Catalog) -> str:
    written = io.BytesIO()
    write_po(written, catalog, omit_header=True, include_lineno=False, width=0, sort_by_file=True)
    return written.getvalue().decode()
