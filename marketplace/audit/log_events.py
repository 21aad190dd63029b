"""What the log records of itself: changes of its key, forks, and heads that were kept outside."""

import uuid
from typing import Final

from marketplace.audit.events import define_event

LOG_ID: Final = uuid.UUID(int=0)
"""The one log is the subject of its own events."""

LOG_KEY_ROTATED = define_event(
    "log_key.rotated",
    1,
    "The log's key was changed",
    {"statement": "text: a signed note, by the old key and the new: both keys, and the last size the old one signs"},
)
LOG_FORKED = define_event(
    "log.forked",
    1,
    "The log goes on under another name, after heads were signed whose leaves are lost",
    {
        "statement": "text: a signed note, by the old key and the new: both keys, how many leaves were taken over, the "
        "size up to which heads kept outside agree, and each abandoned head, by size, root and name",
        "agreed_by": "person id: who agreed, beside who declared it",
    },
)
CHECKPOINT_STAMPED = define_event(
    "checkpoint.stamped",
    1,
    "A time stamp authority signed that it saw a signed head",
    {
        "tree_size": "whole number: leaves under the head",
        "root_hash": "digest",
        "authority": "text: the address that was asked",
        "stamped_at": "moment: as the authority says",
        "token": "digest: of the time stamp (RFC 3161) that is kept",
    },
)
CHECKPOINT_ANCHORED = define_event(
    "checkpoint.anchored",
    1,
    "A signed head was kept outside the database",
    {
        "tree_size": "whole number: leaves under the head",
        "root_hash": "digest",
        "short": "text: size and first 16 digits of the root, as statements print it",
        "note": "text: the signed head as anybody can check it",
        "places": "list of text: where it is kept",
    },
)
