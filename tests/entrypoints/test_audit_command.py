"""`piecework audit`: a market's log is sealed, its key changed, and whatever a superuser altered is named."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from marketplace.audit.keys import load_signer
from marketplace.audit.notes import Verifier
from marketplace.db.engine import transaction
from marketplace.entrypoints.cli import piecework
from marketplace.kernel.ids import public
from marketplace.settings import Settings
from tests.builders.settlement import accept, hand_in, make_chain

Run = Callable[..., Result]


@pytest.fixture
def audit(settings: Settings, committing_engine: Engine) -> Run:
    """The command, on a market with an accepted answer in it."""
    with transaction(committing_engine) as session:
        chain = make_chain(session)
        accept(session, chain, hand_in(session, chain))
    return lambda *arguments: CliRunner().invoke(piecework, ["audit", *arguments])


def key_of(settings: Settings) -> Verifier:
    return load_signer(settings).verifier


def test_the_key_is_changed_and_the_log_goes_on_under_the_new_one(settings: Settings, audit: Run) -> None:
    assert audit("seal").output.startswith("Sealed; the log has ")
    assert audit("seal").output == "Nothing was pending.\n"
    old = key_of(settings)
    rotated = audit("rotate")
    assert rotated.exit_code == 0, rotated.output
    new = key_of(settings)
    assert new.to_text() != old.to_text()
    assert rotated.output.splitlines()[1] == new.to_text()
    kept = [path for path in settings.data_dir.iterdir() if old.key_id.hex() in path.name]
    assert len(kept) == 1, "the old key stays beside the new one"
    assert all(path.stat().st_mode & 0o077 == 0 for path in (*kept, settings.data_dir / "audit_key.pem"))
    again = audit("rotate")
    assert again.exit_code == 0
    assert key_of(settings).to_text() not in {old.to_text(), new.to_text()}
    verified = audit("verify")
    assert verified.exit_code == 0, verified.output


def test_a_posting_that_a_superuser_changed_is_named(
    settings: Settings,
    audit: Run,
    committing_owner_engine: Engine,
) -> None:
    audit("seal")
    assert audit("verify").exit_code == 0
    with committing_owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE posting DISABLE TRIGGER USER"))
        changed = connection.execute(
            text(
                "UPDATE posting SET amount = amount + 1 WHERE id = (SELECT max(posting.id) FROM posting "
                "JOIN journal ON journal.id = posting.journal_id WHERE journal.kind = 'J3') RETURNING journal_id"
            )
        ).scalar_one()
        connection.execute(text("ALTER TABLE posting ENABLE TRIGGER USER"))
    found = audit("verify")
    assert found.exit_code == 1
    assert f"{public('journal', changed)}" in found.output
    assert "/amount/amount was sealed as '0.175' and is '0.175001' in the live rows" in found.output
    with committing_owner_engine.begin() as connection:
        # Put right again, so that the checks after this test find the books as they were.
        connection.execute(text("ALTER TABLE posting DISABLE TRIGGER USER"))
        connection.execute(
            text(
                "UPDATE posting SET amount = amount - 1 WHERE id = (SELECT max(id) FROM posting WHERE journal_id = :id)"
            ),
            {"id": changed},
        )
        connection.execute(text("ALTER TABLE posting ENABLE TRIGGER USER"))
    assert audit("verify").exit_code == 0
