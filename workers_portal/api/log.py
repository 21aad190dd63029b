"""The sealed log as it concerns one: events, proofs, receipts, and the bundles that prove one's pay offline."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Response, request

from marketplace.audit import queries
from marketplace.audit.keys import load_signer
from marketplace.audit.queries import SealedEvent
from marketplace.audit.receipts import Receipt, give_receipt
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import PREFIXES, parse, public
from marketplace.provenance import bundle_scopes
from marketplace.provenance.bundle_scopes import Chosen
from marketplace.provenance.bundling import MEDIA_TYPE
from marketplace.provenance.statements import Month
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.log import bundle_file
from workers_portal.api.paging import only, page_arguments, page_of
from workers_portal.api.schemas import log as s
from workers_portal.api.schemas.values import Page
from workers_portal.api.themes import log

RECEIPTS_MAX: Final = 20
_NOUN_OF: Final = {prefix: noun for noun, prefix in PREFIXES.items()}


@log.operation("GET", "/log/events", permission="log.read", query=s.LogEventsQuery, refusals=[404])
def list_events() -> Page[s.LogEventWire]:
    """List the sealed events that concern one, the newest first."""
    arguments = page_arguments("subject")
    subject_id = _subject() if "subject" in request.args else None
    return page_of(queries.events(request_session(), current_actor(), subject_id=subject_id, **arguments), _event)


@log.operation("GET", "/log/events/{event_id}/proof", permission="log.read", refusals=[409])
def prove_event(event_id: UUID) -> s.InclusionProofWire:
    """Prove that an event is in the log, under the newest signed head."""
    session = request_session()
    queries.event(session, current_actor(), event_id)
    proof = queries.inclusion_proof(session, event_id)
    head = proof.checkpoint
    return {
        "event_id": public("event", proof.event_id),
        "leaf_number": proof.leaf_number,
        "leaf_hash": proof.leaf_hash.hex(),
        "hashes": [one.hex() for one in proof.hashes],
        "checkpoint": {
            "tree_size": head.tree_size,
            "root_hash": head.root_hash.hex(),
            "sealed_at": instant(head.sealed_at),
            "note": head.note,
        },
    }


@log.operation("GET", "/log/receipts", permission="log.read", query=s.ReceiptsQuery, refusals=[404])
def list_receipts() -> s.ReceiptsWire:
    """Get receipts for what was just done: signed promises that the newest events about it will be in the log.

    Ask with the id of the claim after claiming, submitting or a verdict; with that of the installment after an advance.
    """
    only("subject")
    signer = load_signer(get_context().settings)
    session = request_session()
    found = queries.history(session, current_actor(), _subject(), limit=RECEIPTS_MAX)
    if not found:
        raise NOT_FOUND.error("The log holds nothing about this that concerns you.")
    return {"data": [_receipt(give_receipt(session, signer, event)) for event in found]}


@log.operation(
    "GET",
    "/answers/{answer_id}/bundle",
    permission="price_chain.read.own",
    query=s.BundleQuery,
    file=MEDIA_TYPE,
    refusals=[422],
)
def download_answer_bundle(answer_id: UUID) -> Response:
    """Download what proves where the price of an answer goes, on a machine that has never seen this market."""
    only("since")
    return bundle_file(current_actor(), Chosen([answer_id]), public("answer", answer_id))


@log.operation(
    "GET",
    "/jobs/{job_id}/bundle",
    permission="price_chain.read.own",
    query=s.BundlesQuery,
    file=MEDIA_TYPE,
    refusals=[422],
)
def download_job_bundle(job_id: UUID) -> Response:
    """Download what proves the prices of all one's answers in a job, 2,000 at a time."""
    only("since", "after")
    chosen = bundle_scopes.of_job(request_session(), current_actor(), job_id, _after())
    return bundle_file(current_actor(), chosen, public("job", job_id))


@log.operation(
    "GET",
    "/statement-bundle",
    permission="earning.read",
    query=s.MonthBundleQuery,
    file=MEDIA_TYPE,
    refusals=[404, 422],
)
def download_statement_bundle() -> Response:
    """Download what proves a month's statement: its answers, installments, extras and payouts.

    Of more than 2,000 answers it is in parts, of which each proves what is whole in it.
    """
    only("month", "since", "after")
    month = Month.parse(request.args.get("month"))
    chosen = bundle_scopes.of_month(request_session(), current_actor(), month, _after())
    return bundle_file(current_actor(), chosen, f"statement-{month}")


def _after() -> UUID | None:
    return parse("answer", request.args["after"]) if "after" in request.args else None


def _subject() -> UUID:
    text = request.args.get("subject", "")
    return parse(_NOUN_OF.get(text.partition("_")[0], "event"), text)


def _event(sealed: SealedEvent) -> s.LogEventWire:
    event = sealed.event
    return {
        "id": public("event", event.id),
        "leaf_number": sealed.leaf_number,
        "kind": event.kind,
        "at": instant(event.at),
        "recorded_at": instant(event.recorded_at),
        "body": sealed.body.decode(),
        "words": [{"place": one.place, "salt": one.salt.hex(), "text": one.text} for one in sealed.words],
    }


def _receipt(given: Receipt) -> s.ReceiptWire:
    return {
        "event_id": public("event", given.event_id),
        "leaf_hash": given.leaf_hash.hex(),
        "issued_at": instant(given.issued_at),
        "included_by": instant(given.included_by),
        "note": given.note,
    }
