"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "access_rule.contested",
    1,
    "Block contested by the one concerned",
    {
        "organization": "organization id: who made the rule",
        "effect": "text: allow or block",
        "scope": "text: job, contract, or all jobs and contracts of the organization",
        "job": "job id or null",
        "contract": "contract id or null",
        "worker": "person id or null: the worker concerned",
        "subject": "organization id or null: the organization concerned",
        "reason_digest": "digest: of the reason's UTF-8 bytes",
    },
)
superseded_event(
    "access_rule.ended",
    1,
    "Rule on access ended before its time",
    {
        "organization": "organization id: who made the rule",
        "effect": "text: allow or block",
        "scope": "text: job, contract, or all jobs and contracts of the organization",
        "job": "job id or null",
        "contract": "contract id or null",
        "worker": "person id or null: the worker concerned",
        "subject": "organization id or null: the organization concerned",
        "reason_digest": "digest: of the reason's UTF-8 bytes",
    },
)
superseded_event(
    "access_rule.made",
    1,
    "Somebody allowed or blocked by an organization",
    {
        "organization": "organization id: who made the rule",
        "effect": "text: allow or block",
        "scope": "text: job, contract, or all jobs and contracts of the organization",
        "job": "job id or null",
        "contract": "contract id or null",
        "worker": "person id or null: the worker concerned",
        "subject": "organization id or null: the organization concerned",
        "reason_digest": "digest: of the reason's UTF-8 bytes",
        "expires_at": "moment or null: market time",
    },
)
superseded_event(
    "amendment.proposed",
    1,
    "New prices of a contract proposed",
    {
        "job": "job id",
        "buyer": "organization id: organization above",
        "seller": "organization id: organization below",
        "contract": "contract id",
        "proposed_by": "text: buyer or seller",
        "rates": "record: per rate code: from, the price at the proposal, and to, the one proposed, per accepted "
        "answer",
        "asked": "organization id: which answers",
        "reason_digest": "digest: of the text",
        "expires_at": "moment: market time",
    },
)
superseded_event(
    "contract.defaulted",
    1,
    "A contract's seller is in default: what it earned by the contract is held",
    {
        "job": "job id",
        "buyer": "organization id: organization above",
        "seller": "organization id: organization below",
        "default": "default id",
        "cause": "text: declared or silence",
        "reason_digest": "digest: of the text",
        "held": "money or null: null where nothing was owed",
    },
)
superseded_event(
    "contract.frozen",
    1,
    "Contract frozen by its buyer",
    {
        "job": "job id",
        "buyer": "organization id: organization above",
        "seller": "organization id: organization below",
        "reason_digest": "digest: of the text",
    },
)
superseded_event(
    "default.released",
    1,
    "What a layer in default had earned is no longer held",
    {
        "contract": "contract id",
        "organization": "organization id",
        "reason_digest": "digest: of the text",
    },
)
superseded_event(
    "fee_report.decided",
    1,
    "Operations decided on a report of a fee",
    {
        "organization": "organization id",
        "decision": "text: upheld or dismissed",
        "reason": "text",
    },
)
superseded_event(
    "price_chain.frozen",
    1,
    "The prices along one path were frozen",
    {
        "job": "job id",
        "contract": "contract id: the contract that opens tasks at them",
        "rate": "text: rate code",
        "commitment": "digest: of the chain's salt and the canonical bytes of all its prices: it shows none",
    },
)
