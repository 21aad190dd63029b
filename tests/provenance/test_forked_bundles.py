"""A bundle after a declared fork: proven from the old key with the loss told, and never for who kept what was lost."""

import pytest
from sqlalchemy.orm import Session

from marketplace.audit import offline
from marketplace.audit.keychain import state_fork, stored_forks
from marketplace.audit.notes import Signer, TreeHead, sign_note
from marketplace.audit.queries import checkpoint
from marketplace.audit.sealing import Checkpoint, seal
from marketplace.provenance.bundle_scopes import Chosen
from marketplace.provenance.bundling import make_bundle
from tests.audit.parts import FORKED, LOST, SIGNER, fork, seal_all
from tests.builders.settlement import accept, hand_in, make_chain


@pytest.fixture
def forked(session: Session) -> tuple[bytes, Checkpoint]:
    """The bundle of a worker whose answer was accepted after the fork, since the last head of the old name."""
    chain = make_chain(session)
    handed = hand_in(session, chain)
    seal_all(session)
    fork(session)
    # The last head of the old name: making the people of the fork was sealed with it.
    older = checkpoint(session, stored_forks(session)[0].tree_size)
    accept(session, chain, handed)
    assert seal(session, FORKED) is not None
    return make_bundle(session, handed.worker, FORKED, Chosen(handed.answer_ids), older.tree_size), older


def test_a_bundle_is_proven_from_the_old_key_and_the_new_and_tells_of_the_fork(
    forked: tuple[bytes, Checkpoint],
) -> None:
    content, older = forked
    for key in (SIGNER, FORKED):
        lines, wrong = offline.verify(content, key.verifier.to_text(), older.note)
        assert wrong is None, wrong
        [told] = [line for word, line in lines if word == "declared fork"]
        assert told.startswith(f"the log {SIGNER.name} goes on as {FORKED.name} with the key")
        assert f"after {older.tree_size} leaves" in told
        assert f"up to {LOST} leaves" in told


@pytest.mark.parametrize(
    ("size", "root", "said"),
    [
        (LOST, 0, "the checkpoint of 1000000 leaves is abandoned: the operator declared that leaves after"),
        (LOST - 1, 0, "cannot tell whether it is one of theirs"),
        (LOST, 1, "cannot tell whether it is one of theirs"),
        (LOST + 1, 0, "only up to 1000000: it shows more"),
    ],
    ids=["named", "between", "another-root", "beyond"],
)
def test_who_kept_a_checkpoint_of_what_was_lost_refutes_the_log_with_it(
    forked: tuple[bytes, Checkpoint], size: int, root: int, said: str
) -> None:
    kept = sign_note(TreeHead(SIGNER.name, size, bytes([root]) * 32).to_text(), SIGNER)
    _, wrong = offline.verify(forked[0], FORKED.verifier.to_text(), kept)
    assert wrong is not None
    assert said in wrong


def test_the_verifier_reads_the_statement_as_the_log_writes_it() -> None:
    heads = [TreeHead(SIGNER.name, 11, bytes(32)), TreeHead(SIGNER.name, 9, bytes([1]) * 32)]
    note = state_fork(SIGNER, FORKED, 6, 3, heads)
    change = offline.read_rotation(note)
    assert (change.last, change.agreed, change.leaf) == (6, 3, 6)
    assert change.abandoned == [(9, bytes([1]) * 32, SIGNER.name), (11, bytes(32), SIGNER.name)]
    told = note.partition("\n\n")[0] + "\n"
    for changed in (
        told.replace("\n9 ", "\n3 "),
        told.replace("\n9 ", "\nnine "),
        told.replace(f" {SIGNER.name}\n", "\n"),
        told.replace(f" {SIGNER.name}\n", f" {FORKED.name}\n"),
        told.replace(FORKED.verifier.to_text(), Signer(SIGNER.name, FORKED.private_key).verifier.to_text()),
    ):
        with pytest.raises(offline.Wrong):
            offline.read_rotation(sign_note(changed, SIGNER, FORKED, Signer(SIGNER.name, FORKED.private_key)))
    with pytest.raises(offline.Wrong, match="not signed by"):
        offline.read_rotation(sign_note(told, FORKED))
