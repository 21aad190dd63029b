"""Bundles: what one reader may know, proven by a file that stands alone, and refuted when anything was changed."""

import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from marketplace.audit import offline
from marketplace.audit.models import AuditEvent
from marketplace.audit.notes import Signer, sign_note
from marketplace.audit.queries import latest_checkpoint
from marketplace.audit.receipts import give_receipt
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse, public
from marketplace.provenance.bundle_scopes import Chosen, of_job
from marketplace.provenance.bundling import FORMAT, make_bundle
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import accept_of_job
from tests.audit.parts import SIGNER, seal_all
from tests.builders.jobs import make_party
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import Chain, Handed, accept, hand_in, make_chain, reject
from tests.builders.work import make_worker

KEY = SIGNER.verifier.to_text()


def worked(session: Session, **overrides: object) -> tuple[Chain, Handed]:
    """One answer accepted in a chain of two layers, and sealed."""
    chain = make_chain(session, **overrides)  # type: ignore[arg-type]
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    seal_all(session)
    return chain, handed


def bundle_of(session: Session, actor: Actor, answer_ids: Sequence[UUID], since: int | None = None) -> bytes:
    return make_bundle(session, actor, SIGNER, Chosen(list(answer_ids)), since)


def said(content: bytes, word: str) -> str:
    lines, wrong = offline.verify(content, KEY)
    assert wrong is None, wrong
    return "\n".join(line for of, line in lines if of == word)


def signed_again(told: dict[str, object], signer: Signer = SIGNER) -> bytes:
    """The bundle as a lying operator, who holds the key, would sign it."""
    rest = {name: value for name, value in told.items() if name != "note"}
    told["note"] = sign_note(f"{FORMAT}\n{hashlib.sha256(canonical_bytes(rest)).hexdigest()}\n", signer)
    return canonical_bytes(told) + b"\n"


def test_a_worker_proves_their_pay_and_what_others_get_is_hidden_by_policy(session: Session) -> None:
    _, handed = worked(session, price_visibility="finance_only")
    content = bundle_of(session, handed.worker, handed.answer_ids)
    proven = said(content, "proven")
    assert "the client pays 0.90 CNY an answer, the platform's fee is 0.045 CNY" in proven
    assert "the worker's pay is 0.35 CNY an answer" in proven
    assert "pay in 2 parts: 0.175 CNY on" in proven
    assert "prices of other layers, and how many there are" in said(content, "hidden by policy")
    for hidden in (b"0.60", b"0.855", b"0.255", b"0.25"):
        assert hidden not in content


def test_where_all_prices_are_shown_the_parts_sum_to_the_price(session: Session) -> None:
    chain, handed = worked(session, price_visibility="full")
    for reader in (handed.worker, chain.client, chain.layers[0][0], make_party(session, "platform", "auditor")):
        proven = said(bundle_of(session, reader, handed.answer_ids), "proven")
        assert "buys at 0.855 CNY and sells at 0.60 CNY" in proven
        assert "and all parts sum to the price" in proven


def test_a_layer_proves_its_own_margin_and_does_not_learn_who_worked(session: Session) -> None:
    chain, handed = worked(session, price_visibility="finance_only")
    layer, _ = chain.layers[0]
    content = bundle_of(session, layer, handed.answer_ids)
    proven = said(content, "proven")
    assert "layer 1" in proven
    assert "layer 1 in 2 parts: 0.1275 CNY on" in proven
    assert "who worked on it" in said(content, "hidden by policy")
    assert handed.worker.person.hex not in content.decode()
    assert b"0.35" not in content


def test_the_answers_are_summed_by_layer_as_far_as_their_reader_may_see(session: Session) -> None:
    chain = make_chain(session, price_visibility="finance_only")
    worker = hand_in(session, chain)
    handed = [worker, *(hand_in(session, chain, worker.worker) for _ in range(3))]
    for one in handed[:3]:
        accept(session, chain, one)
    decide_answers(session, chain.reviewer, handed[3].claim_id, [reject(handed[3].answer_ids[0])])
    seal_all(session)
    answers = [answer_id for one in handed for answer_id in one.answer_ids]
    layer, _ = chain.layers[0]
    of_worker, of_layer = (bundle_of(session, reader, answers) for reader in (worker.worker, layer))
    of_auditor = bundle_of(session, make_party(session, "platform", "auditor"), answers)
    paid = "3 paid answers: the client pays 2.7 CNY, the platform's fee is 0.135 CNY, "
    first, second = (public("organization", buyer.organization) for buyer, _ in chain.layers)
    assert f"{paid}the workers get 1.05 CNY" in said(of_worker, "proven")
    assert "3 paid answers: 1.515 CNY go to others" in said(of_worker, "hidden by policy")
    assert f"{paid}layer 1, {first}, keeps 0.765 CNY" in said(of_layer, "proven")
    assert "3 paid answers: 1.8 CNY go to others" in said(of_layer, "hidden by policy")
    every = f"{paid}layer 1, {first}, keeps 0.765 CNY, layer 2, {second}, keeps 0.75 CNY, the workers get 1.05 CNY"
    assert every in said(of_auditor, "proven")
    assert "go to others" not in said(of_auditor, "hidden by policy")


def test_strangers_have_no_part_in_it(session: Session) -> None:
    _, handed = worked(session)
    for stranger in (make_worker(session), make_party(session, "subcontractor"), make_party(session, "client")):
        with pytest.raises(DomainError, match="not_found"):
            bundle_of(session, stranger, handed.answer_ids)


def test_answers_accepted_together_and_rejected_ones_are_told_as_they_are(session: Session) -> None:
    chain = make_chain(session)
    together = [hand_in(session, chain) for _ in range(3)]
    accept_of_job(session, chain.reviewer, chain.job.id, [handed.claim_id for handed in together])
    refused = hand_in(session, chain, together[0].worker)
    decide_answers(session, chain.reviewer, refused.claim_id, [reject(refused.answer_ids[0])])
    seal_all(session)
    mine = of_job(session, together[0].worker, chain.job.id).answer_ids
    proven = said(bundle_of(session, together[0].worker, mine), "proven")
    assert sorted(mine) == sorted([*together[0].answer_ids, *refused.answer_ids])
    assert "(accepted) is at the prices of" in proven
    assert "(rejected) is at the prices of" in proven
    assert "nothing is owed for it yet" in proven


def test_installments_that_fell_due_and_payouts_that_arrived_are_proven(session: Session) -> None:
    chain, handed = worked(session)
    mature(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    seal_all(session)
    proven = said(bundle_of(session, handed.worker, handed.answer_ids), "proven")
    assert "(installment.due)" in proven
    assert "paid 0.17 CNY, reference" in proven
    assert chain.layers


def test_the_log_has_only_grown_since_a_checkpoint_that_somebody_kept(session: Session) -> None:
    chain, handed = worked(session)
    kept = latest_checkpoint(session)
    assert kept is not None
    accept(session, chain, hand_in(session, chain))
    seal_all(session)
    content = bundle_of(session, handed.worker, handed.answer_ids, kept.tree_size)
    lines, wrong = offline.verify(content, KEY, kept.note)
    assert wrong is None
    assert ("proven", f"nothing was changed or removed since the checkpoint of {kept.tree_size} leaves") in lines
    forged = sign_note(f"{SIGNER.name}\n{kept.tree_size}\n{'A' * 43}=\n", SIGNER)
    assert "was rewritten since" in str(offline.verify(content, KEY, forged)[1])


def test_a_bundle_keeps_the_promise_of_a_receipt_or_shows_that_it_was_broken(session: Session) -> None:
    _, handed = worked(session)
    content = bundle_of(session, handed.worker, handed.answer_ids)
    event = next(one for one in json.loads(content)["events"] if '"kind":"claim.created"' in one["body"])
    row = session.get_one(AuditEvent, parse("event", json.loads(event["body"])["id"]))
    receipt = give_receipt(session, SIGNER, row).note
    lines, wrong = offline.verify(content, KEY, receipts=[receipt])
    assert wrong is None
    assert lines[-1][1].endswith(f"was kept: it is leaf {event['leaf']}")
    other = receipt.partition("\n\n")[0].split("\n")
    other[3] = "ab" * 32
    promised = sign_note("\n".join(other) + "\n", SIGNER)
    assert "holds another" in str(offline.verify(content, KEY, receipts=[promised])[1])


def test_no_flipped_bit_is_accepted(session: Session) -> None:
    _, handed = worked(session)
    content = bundle_of(session, handed.worker, handed.answer_ids)
    chance = random.Random(20270115)
    for _ in range(3000):
        place, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        flipped = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
        assert offline.verify(flipped, KEY)[1] is not None, f"byte {place}, bit {bit}"


def test_bits_that_base64_leaves_over_are_not_free(session: Session) -> None:
    _, handed = worked(session)
    told = json.loads(bundle_of(session, handed.worker, handed.answer_ids))
    head, last = told["note"][:-3], told["note"][-3]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    told["note"] = head + letters[letters.index(last) ^ 1] + told["note"][-2:]
    assert offline.verify(canonical_bytes(told) + b"\n", KEY)[1] is not None


def test_an_operator_who_signs_a_lie_is_found_out(session: Session) -> None:
    _, handed = worked(session)
    content = bundle_of(session, handed.worker, handed.answer_ids)

    def lying(change: str, **values: object) -> str | None:
        told = json.loads(content)
        if change == "pay":
            pay = next(one for one in told["openings"] if one["part"] == "pay")
            pay["line"]["pay"]["amount"] = "0.30"
        elif change == "body":
            told["events"][0]["body"] = told["events"][0]["body"].replace('"v":', '"v":1')
        elif change == "leaf":
            told["events"][0]["leaf"] += 1
        elif change == "state":
            told["answers"][0]["state"] = "rejected"
        elif change == "share":
            told["answers"][0]["shares"]["pay"][0]["amount"]["amount"] = "0.1"
        elif change == "chain":
            told["answers"][0]["chain"] = "prc_" + "0" * 26
        elif change == "no events":
            told["events"] = []
        return offline.verify(signed_again(told), KEY)[1]

    assert "not what the log committed to" in str(lying("pay"))
    assert lying("body") is not None
    assert "is not leaf" in str(lying("leaf"))
    assert "is rejected, and was booked" in str(lying("state"))
    assert "do not sum to it" in str(lying("share"))
    assert lying("chain") is not None
    assert lying("no events") is not None


def test_another_key_is_not_the_logs(session: Session) -> None:
    _, handed = worked(session)
    content = bundle_of(session, handed.worker, handed.answer_ids)
    other = "other.example+" + KEY.split("+", 1)[1]
    assert offline.verify(content, other)[1] is not None
    lines, wrong = offline.verify(content)
    assert wrong is None
    assert lines[0][0] == "as told"


def test_the_file_proves_a_bundle_on_a_machine_that_has_never_seen_the_project(
    session: Session, tmp_path: Path
) -> None:
    _, handed = worked(session)
    script = Path(shutil.copy(offline.__file__, tmp_path / "piecework_verify.py"))
    (tmp_path / "bundle.json").write_bytes(bundle_of(session, handed.worker, handed.answer_ids))
    # -I: neither the folder one stands in nor anything of the environment is looked at.
    command = [sys.executable, "-I", str(script), "bundle.json", "--key", KEY]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Nothing is wrong.\n")
    assert "marketplace" not in script.read_text(encoding="utf-8").replace("python offline.py", "")
    (tmp_path / "bundle.json").write_bytes(b"{}")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, f"WRONG: it is not a {FORMAT}\n")
    assert offline.main(["--self-test"]) == 0
