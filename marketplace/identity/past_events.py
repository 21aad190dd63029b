"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "skill.granted",
    1,
    "Skill granted to a worker",
    {
        "skill": "skill id",
        "worker": "person id: the worker",
        "expires_at": "moment: when it ends, market time",
        "reason_digest": "digest: of the reason's UTF-8 bytes",
    },
)
superseded_event(
    "skill.revoked",
    1,
    "Skill taken back from a worker",
    {
        "skill": "skill id",
        "worker": "person id: the worker",
        "reason_digest": "digest: of the reason's UTF-8 bytes",
    },
)
superseded_event(
    "key.issued",
    1,
    "API key issued",
    {
        "holder": "person id: the person it acts for",
        "organization": "organization id or null: null for a worker's own key",
        "scopes": "list of text or null: sorted permissions it is limited to",
    },
)
superseded_event("key.revoked", 1, "API key revoked", {"holder": "person id: the person it acted for"})
superseded_event(
    "worker.signed_up",
    1,
    "Worker signed up",
    {"country": "text: ISO 3166 code", "terms_version": "text: version of the terms accepted"},
)
