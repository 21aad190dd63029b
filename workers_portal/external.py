"""The token between a page and the tool in its frame: what the tool says is taken for one item of one claim alone."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeTimedSerializer

from marketplace.kernel.ids import public
from marketplace.web.context import get_context
from marketplace.work.claiming import ClaimItem
from marketplace.work.models import Claim

LIFE_SECONDS = 12 * 60 * 60


def token_for(claim: Claim, item: ClaimItem) -> str:
    """A token signed with our key that names the claim and the item, and nobody."""
    return str(_signer().dumps([public("claim", claim.id), public("item", item.id)]))


def token_holds(token: str, claim: Claim, item: ClaimItem) -> bool:
    """Whether the token was made for this item of this claim, not long ago."""
    try:
        named = _signer().loads(token, max_age=LIFE_SECONDS)
    except BadData:
        return False
    return bool(named == [public("claim", claim.id), public("item", item.id)])


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(get_context().secret_key, salt="external tool")
