"""A worker with a statement, an older one, and the verifier's file, on a machine that has never seen the project."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import workers_portal
from marketplace.audit import offline
from marketplace.audit.keys import load_signer
from marketplace.audit.notes import Signer, sign_note
from marketplace.audit.sealing import seal
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.provenance.statements import Month
from marketplace.web.context import KEY
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import accept, hand_in, make_chain, payable_worker
from tests.builders.web import Browser, make_app
from tests.provenance.test_bundles import signed_again


class Desk:
    """An empty folder with what the worker took home, and the program."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.key = folder, key
        shutil.copy(offline.__file__, folder / "piecework_verify.py")

    def keep(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def verify(self, *arguments: str) -> tuple[int, str]:
        # -I: neither the folder one stands in nor anything of the environment is looked at.
        command = [sys.executable, "-I", "piecework_verify.py", *arguments, "--key", self.key]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout


@pytest.fixture
def app(session: Session) -> Flask:
    return make_app(session, workers_portal.register, rails={"sandbox": sandbox(session)})


def month_of(session: Session) -> str:
    return str(Month(market_now(session).date().replace(day=1)))


def taken_home(session: Session, app: Flask, worker: Actor) -> tuple[bytes, bytes, bytes, str]:
    """The statement of an early month, that of a later one with its proof and as CSV, and the later month."""
    signer = load_signer(app.extensions[KEY].settings)

    def seal_all() -> None:
        while seal(session, signer) is not None:
            pass

    browser = Browser(app).sign_in(session, worker, "work")
    chain = make_chain(session, items=4, price_visibility="finance_only")
    for _ in range(3):
        accept(session, chain, hand_in(session, chain, worker))
    seal_all()
    older = browser.get(f"/work/statements/{month_of(session)}/proof").data
    mature(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    seal_all()
    month = month_of(session)
    # What is printed on the old statement is all that is typed in from it.
    size = int(re.findall(rb"<pre>[^\n<]+\n(\d+)\n", older)[-1])
    page = browser.get(f"/work/statements/{month}/proof?since={size}")
    assert page.headers["Content-Disposition"] == f'attachment; filename="statement-{month}.html"'
    return older, page.data, browser.get(f"/work/statements/{month}/file").data, month


def test_a_person_proves_or_refutes_their_price_chain_with_a_statement_an_old_checkpoint_and_the_verifier(
    session: Session, app: Flask, tmp_path: Path
) -> None:
    older, statement, table, _ = taken_home(session, app, payable_worker(session))
    signer = load_signer(app.extensions[KEY].settings)
    desk = Desk(tmp_path, signer.verifier.to_text())
    desk.keep("older.html", older)
    desk.keep("statement.html", statement)
    desk.keep("statement.csv", table)
    status, told = desk.verify("statement.html", "--older", "older.html", "--statement", "statement.csv")
    assert (status, told.splitlines()[-1]) == (0, "Nothing is wrong.")
    for line in (
        "the client pays 0.90 CNY an answer, the platform's fee is 0.045 CNY",
        "the worker's pay is 0.35 CNY an answer",
        "nothing was changed or removed since the checkpoint of",
        "the sum of its 3 parts",
        "paid 0.52 CNY, reference",
        "the statement adds up",
    ):
        assert line in told
    assert "hidden by policy" in told
    _refuted(desk, older, statement, table, signer)


def _refuted(desk: Desk, older: bytes, statement: bytes, table: bytes, signer: Signer) -> None:
    desk.keep("lower.csv", table.replace(b",0.525,", b",0.500,"))
    status, told = desk.verify("statement.html", "--statement", "lower.csv")
    assert (status, "WRONG: the statement says 0.500 CNY of ins_" in told) == (1, True)
    # An operator who signs a lower pay anew, with the key itself.
    found = re.search(rb'bundle">([^<]+)</script>', statement)
    assert found is not None
    lie = json.loads(base64.b64decode(found[1]))
    pay = next(one for one in lie["openings"] if one["part"] == "pay")
    pay["line"]["pay"]["amount"] = "0.30"
    desk.keep("lie.json", signed_again(lie, signer))
    status, told = desk.verify("lie.json")
    assert (status, told.splitlines()[-1].startswith("WRONG: the pay told of prc_")) == (1, True)
    # Another log under the same key does not agree with what was printed before.
    printed = json.loads(base64.b64decode(re.findall(rb'bundle">([^<]+)</script>', older)[0]))["log"]["checkpoint"]
    size = printed.split("\n")[1]
    desk.keep("other.txt", sign_note(f"{signer.name}\n{size}\n{'A' * 43}=\n", signer).encode())
    status, told = desk.verify("statement.html", "--older", "other.txt")
    assert (status, "the log was rewritten since the checkpoint of" in told) == (1, True)
    desk.keep("broken.html", statement.replace(b'bundle">ey', b'bundle">eX', 1))
    assert desk.verify("broken.html")[0] == 1
