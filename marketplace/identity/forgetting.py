"""Deleting what was only good for a time: sessions past their end, and what nobody ended of signing in. Real time."""

from typing import Final

from sqlalchemy import delete as delete_from
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from marketplace.identity.models import SignInToken, WebSession
from marketplace.identity.passkey_models import PasskeyChallenge
from marketplace.identity.provider_models import ProviderSignIn

_KEPT_UNTIL: Final = (PasskeyChallenge, ProviderSignIn, SignInToken, WebSession)


def forget_sign_ins(session: Session, most: int = 1000) -> int:
    """Sweep: delete some of what is past its end; returns how many. Any number of processes."""
    return sum(_forget(session, model, most) for model in _KEPT_UNTIL)


def _forget(
    session: Session, model: type[PasskeyChallenge | ProviderSignIn | SignInToken | WebSession], most: int
) -> int:
    key = tuple_(*model.__mapper__.primary_key)
    over = (
        select(*model.__mapper__.primary_key)
        .where(model.expires_at <= func.statement_timestamp())
        .order_by(model.expires_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    gone = session.execute(delete_from(model).where(key.in_(over)), execution_options={"synchronize_session": False})
    return int(gone.rowcount)  # type: ignore[attr-defined]
