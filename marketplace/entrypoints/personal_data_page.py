"""The page `docs/personal-data.md`: what is kept about people, why, how long, and what erasing does to it."""

from collections import defaultdict

from marketplace.db.personal import ERASED, Personal, declared_impersonal, declared_personal
from marketplace.db.registry import load_models, load_personal
from marketplace.entrypoints.page_parts import page, table
from marketplace.identity.erasing import LOOK_AGAIN, REASONS
from marketplace.payouts.leaving import MAY_COME_BACK

_HEAD = f"""What Piecework keeps about people, why, for how long, and what becomes of it when a person is erased. This
page follows from `personal.py` of each package; a test fails for a column of texts, JSON or bytes that is declared
nowhere.

## Having one's data
A worker downloads all of it on the page *Your data*, or by `GET /worker/v1/account/data`; for whoever is no worker, or
asks in writing, the machine's operator writes it with `piecework people export per_…`. It is one JSON document, made
of the tables below, each with why it is kept. Not in it: secrets and their digests, what would tell which items are
there to check workers, who else took part, and what one wrote in an office about others.

## Being erased
A worker deletes the account on the same page, after a sign-in of the last quarter of an hour. Operations erase whoever
asks in writing (console, *Erasing people*, or `piecework people erase`), for one of the reasons
{" and ".join(f"`{one}`" for one in REASONS)}: no words are kept about somebody who wants none. At once, for good:

1. What they hold is given back, as they could have done it; roles, teams, keys, sessions and invitations end.
2. Their name becomes `{ERASED}`, their address `erased-<id>@erased.invalid`, so that the old address is free again.
3. Every text of and about them is blanked, also in tables that are otherwise never changed. Their triggers let a row
   pass in which nothing changed but such a text, which became `{ERASED}`: words can be taken away, never altered.
4. The log says `person.erased`, with how many rows of which table, and no word.

Refused, until somebody else has decided: erasing whoever alone can manage an organization (`last_of_role`), or has
begun what two people decide on (`person_needed`).

**What was earned stays payable.** Where they are paid is kept, sealed, as long as anything is owed or may come to be:
answers that are not decided, contested ones, installments, payouts under way, and {MAY_COME_BACK.days} days more, in
which a bank may give a payment back. The sweep `finish_erasures` looks every {LOOK_AGAIN.days * 24} hours. It takes
away what was written about them since (why their last answers were rejected: `person.erased` again, with the reason
`written_since`); when nothing is owed it deletes the destination, blanks it in payouts and at the bank rail, and writes
`person.forgotten`. Nobody can change it meanwhile; what cannot be paid there is held, and in the end set apart as
unclaimed, as for everybody.

**What stays, and why.** Ids, amounts and days: law on books and tax wants them kept, and they name nobody any more.
Answers: the client paid for them. Scores and weights: they follow from the answers, and others' results from them. A
worker's country: tax and wage floors follow from it. Files to the bank: they are orders of payment that name many
payees at once, sealed, kept as the books are. What people wrote in an office about contracts and money, not about a
person, stays with the organization; who wrote it is an id.

**Not reached**: files that clients downloaded, webhooks that were delivered, mail that was sent, what a notice told
somebody else (why operations decided about them), backups ([backup.md](backup.md)), and what a rail keeps for itself
(Stripe, a bank): ask there.
"""


def personal_data_page() -> str:
    """Every table with rows of people, then those without, by reason."""
    load_models()
    load_personal()
    rows = [
        (f"`{name}`", one.why, one.kept_for, _erasing(one), _given(one))
        for name, one in sorted(declared_personal().items())
    ]
    others = defaultdict(list)
    for name, reason in sorted(declared_impersonal().items()):
        others[reason].append(f"`{name}`")
    return page(
        "Personal data",
        _HEAD.rstrip(),
        "## Tables with rows of people\n\n"
        + table(("table", "why", "kept for", "erasing", "in one's own file"), rows)
        + "\n## Tables without\n\n"
        + table(("tables", "why nothing is personal"), [(", ".join(names), why) for why, names in others.items()]),
    )


def _erasing(one: Personal) -> str:
    later = "" if one.when == "at once" else f", {one.when}"
    if one.removed:
        return f"rows are deleted{later}"
    parts = [f"blanked: {', '.join(f'`{name}`' for name in sorted(one.erased))}{later}"] if one.erased else []
    parts += [f"`{name}` stays: {why}" for name, why in sorted(one.kept.items())]
    return "; ".join(parts) or "stays: ids, amounts, moments and codes"


def _given(one: Personal) -> str:
    if one.not_exported:
        return f"no: {one.not_exported}"
    reasons = defaultdict(list)
    for name, why in sorted(one.hidden.items()):
        reasons[why].append(f"`{name}`")
    return "; ".join(["yes", *(f"not {', '.join(names)}: {why}" for why, names in reasons.items())])
