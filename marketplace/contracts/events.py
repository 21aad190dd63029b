"""What this package writes into the log."""

from __future__ import annotations

from typing import Final

from marketplace.audit.events import define_event

_PARTIES: Final = {
    "job": "job id",
    "buyer": "organization id: organization above",
    "seller": "organization id: organization below",
}

CONTRACT_OFFERED: Final = define_event(
    "contract.offered",
    1,
    "Part of a job offered to a layer",
    {
        **_PARTIES,
        "layer": "whole number: depth, 1 is bought from the client",
        "rates": "record: per rate code: price, number of items and their ordinals as [first, last] pairs",
        "settlement_terms": "list of record: when the seller's margin is paid",
        "expires_at": "moment: market time",
    },
)
CONTRACT_ACCEPTED: Final = define_event(
    "contract.accepted",
    1,
    "Contract accepted",
    {
        **_PARTIES,
        "rates": "record: per rate code: price and number of items",
        "settlement_terms": "list of record: as offered",
    },
)
CONTRACT_DECLINED: Final = define_event("contract.declined", 1, "Offer declined", dict(_PARTIES))
CONTRACT_WITHDRAWN: Final = define_event("contract.withdrawn", 1, "Offer withdrawn", dict(_PARTIES))
CONTRACT_ITEMS_WITHDRAWN: Final = define_event(
    "contract.items_withdrawn",
    2,
    "The client took items of a contract back that were in no task",
    {
        **_PARTIES,
        "rates": "record: per rate code: number of items, the SHA-256 of their ordinals as the text of a multirange "
        "(hex), and the first of these as [first, last] pairs, at most 100",
    },
)
CONTRACT_EXPIRED: Final = define_event("contract.expired", 1, "Offer ran out", dict(_PARTIES))
CONTRACT_RECALLED: Final = define_event(
    "contract.recalled",
    1,
    "Items of a contract went back to its buyer",
    {
        **_PARTIES,
        "rates": "record: per rate code: number of items returned, the SHA-256 of their ordinals as the text of a "
        "multirange (hex), and their first ranges as [first, last] pairs, at most 100",
        "state": "text: of the contract afterwards: recalled when nothing but work under way is left to it, else "
        "active",
    },
)
CONTRACT_FROZEN: Final = define_event(
    "contract.frozen", 2, "Contract frozen by its buyer", {**_PARTIES, "reason_commitment": "commitment"}
)
CONTRACT_UNFROZEN: Final = define_event("contract.unfrozen", 1, "Contract no longer frozen", dict(_PARTIES))
CONTRACT_DEFAULTED: Final = define_event(
    "contract.defaulted",
    2,
    "A contract's seller is in default: what it earned by the contract is held",
    {
        **_PARTIES,
        "default": "default id",
        "cause": "text: declared or silence",
        "reason_commitment": "commitment",
        "held": "money or null: null where nothing was owed",
    },
)
CONTRACT_SUCCEEDED: Final = define_event(
    "contract.succeeded",
    1,
    "Another seller took a defaulted contract over, at its prices",
    {
        **_PARTIES,
        "default": "default id",
        "former": "organization id: who sold before",
        "taker": "text: layer, client, caretaker",
    },
)
_HANDOVER: Final = {
    "job": "job id",
    "contract": "contract id",
    "seller": "organization id: who took the contract over after a default, and offers it",
    "asked": "organization id: which answers",
    "expires_at": "moment: market time",
}
HANDOVER_OFFERED: Final = define_event(
    "handover.offered", 1, "A contract that was taken over after a default offered to another seller", _HANDOVER
)
HANDOVER_DECLINED: Final = define_event("handover.declined", 1, "Offer of a contract declined", _HANDOVER)
HANDOVER_WITHDRAWN: Final = define_event("handover.withdrawn", 1, "Offer of a contract withdrawn", _HANDOVER)
HANDOVER_EXPIRED: Final = define_event("handover.expired", 1, "Offer of a contract ran out", _HANDOVER)
CONTRACT_HANDED_OVER: Final = define_event(
    "contract.handed_over",
    1,
    "Another seller accepted a contract that was taken over after a default, as it stands",
    {
        **_PARTIES,
        "former": "organization id: who had taken it over",
        "handover": "handover id",
    },
)
SILENCE_NOTICED: Final = define_event(
    "contract.silence_noticed",
    1,
    "A seller that lets answers wait and gives no verdict was told when that will count as default",
    {
        **_PARTIES,
        "number": "whole number: counted from 0",
        "waits_since": "moment: since when the oldest answer waits, market time",
        "default_at": "moment: when its silence counts as default, unless it gives a verdict before; market time",
    },
)
DEFAULT_RELEASED: Final = define_event(
    "default.released",
    2,
    "What a layer in default had earned is no longer held",
    {"contract": "contract id", "organization": "organization id", "reason_commitment": "commitment"},
)
PRICE_CHAIN_FROZEN: Final = define_event(
    "price_chain.frozen",
    2,
    "The prices along one path were frozen",
    {
        "job": "job id",
        "contract": "contract id: the contract that opens tasks at them",
        "rate": "text: rate code",
        "commitments": "list of digest: 12, for the terms, each of ten layers and the pay: SHA-256, hex, of a "
        "domain, the part's own salt and its canonical bytes; they show no price, nor how many layers there are",
    },
)
CONTRACT_EXHAUSTED: Final = define_event(
    "contract.exhausted", 1, "Every item of a contract is answered and decided", dict(_PARTIES)
)
CONTRACT_CLOSED: Final = define_event("contract.closed", 1, "Contract closed: its work is done", dict(_PARTIES))

_AMENDMENT: Final = {
    **_PARTIES,
    "contract": "contract id",
    "proposed_by": "text: buyer or seller",
    "rates": "record: per rate code: from, the price at the proposal, and to, the one proposed, per accepted answer",
}
AMENDMENT_PROPOSED: Final = define_event(
    "amendment.proposed",
    2,
    "New prices of a contract proposed",
    {
        **_AMENDMENT,
        "asked": "organization id: which answers",
        "reason_commitment": "commitment",
        "expires_at": "moment: market time",
    },
)
AMENDMENT_ACCEPTED: Final = define_event("amendment.accepted", 1, "New prices of a contract agreed", _AMENDMENT)
AMENDMENT_DECLINED: Final = define_event("amendment.declined", 1, "New prices of a contract declined", _AMENDMENT)
AMENDMENT_WITHDRAWN: Final = define_event("amendment.withdrawn", 1, "Proposal of new prices withdrawn", _AMENDMENT)
AMENDMENT_EXPIRED: Final = define_event("amendment.expired", 1, "Proposal of new prices ran out", _AMENDMENT)

_RULE: Final = {
    "organization": "organization id: who made the rule",
    "effect": "text: allow or block",
    "scope": "text: job, contract, or all jobs and contracts of the organization",
    "job": "job id or null",
    "contract": "contract id or null",
    "worker": "person id or null: the worker concerned",
    "subject": "organization id or null: the organization concerned",
    "reason_commitment": "commitment",
}
ACCESS_RULE_MADE: Final = define_event(
    "access_rule.made",
    2,
    "Somebody allowed or blocked by an organization",
    {**_RULE, "expires_at": "moment or null: market time"},
)
ACCESS_RULE_ENDED: Final = define_event("access_rule.ended", 2, "Rule on access ended before its time", dict(_RULE))
ACCESS_RULE_CONTESTED: Final = define_event(
    "access_rule.contested", 2, "Block contested by the one concerned", dict(_RULE)
)
FEE_REPORTED: Final = define_event(
    "fee_report.made",
    1,
    "A worker reported that an organization asked for money in order to work",
    {"organization": "organization id", "freezes": "boolean: whether its offers stand still from now on"},
)
FEE_REPORT_DECIDED: Final = define_event(
    "fee_report.decided",
    2,
    "Operations decided on a report of a fee",
    {"organization": "organization id", "decision": "text: upheld or dismissed", "reason_commitment": "commitment"},
)
OFFERS_FROZEN_BY_REPORT: Final = define_event(
    "organization.offers_frozen", 1, "An organization's offers stand still until a report of a fee is decided", {}
)
OFFERS_THAWED: Final = define_event(
    "organization.offers_thawed", 1, "An organization may make and accept offers again", {}
)
