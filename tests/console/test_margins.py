from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from tests.builders.identity import make_staff
from tests.builders.jobs import make_party
from tests.builders.settlement import accept, hand_in, make_chain
from tests.builders.web import Browser
from tests.console.conftest import Enter


def follow(browser: Browser, page: str, amount: str) -> str:
    """The page that the link around this amount opens."""
    found = re.findall(r'<a href="([^"]+)"><span class="money">([^<]+?) <abbr>', page)
    path = next(href for href, shown in found if shown == amount)
    answer = browser.get(html.unescape(path))
    assert answer.status_code == 200, path
    return answer.text


@pytest.mark.parametrize("role", ["finance", "operations", "auditor"])
def test_each_sum_opens_its_parts_down_to_the_answers(session: Session, enter: Enter, role: str) -> None:
    chain = make_chain(session, items=2, prices=("0.855", "0.6013"), pay="0.3507")
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    browser = enter(make_staff(session, role))
    page = browser.get("/console/margins").text
    assert '<svg class="chart"' not in page  # one month is no row of columns
    page = follow(browser, page, "0.5043")
    assert ">Client<" in page
    page = follow(browser, page, "0.5043")
    assert '<svg class="chart"' in page
    page = follow(browser, page, "0.2506")
    assert "standard" in page
    page = follow(browser, page, "0.2506")
    assert chain.job.title in page
    page = follow(browser, page, "0.2506")
    assert "Margin by day" in page
    page = follow(browser, page, "0.2506")
    answer = public("answer", handed.answer_ids[0])
    assert (f'href="/console/answers/{answer}/chain"' in page) is (role == "auditor")
    assert answer in page


def test_a_layer_downloads_its_own_margins_alone(session: Session, enter: Enter) -> None:
    chain = make_chain(session, items=2)
    accept(session, chain, hand_in(session, chain))
    (first, upper), _ = chain.layers
    answer = enter(first).get("/console/margins/file")
    assert answer.mimetype == "text/csv"
    (line,) = answer.text.splitlines()[1:]
    assert public("contract", upper.id) in line
    assert line.endswith(
        ",1,standard,1,0.255,CNY".replace("1,standard", f"1,{public('organization', first.organization)},standard")
    )
    assert "0.25," not in answer.text


def test_without_any_margin_the_page_says_so(session: Session, enter: Enter) -> None:
    browser = enter(make_party(session, "subcontractor"))
    assert "No margins" in browser.get("/console/margins").text
    assert len(browser.get("/console/margins/file").text.splitlines()) == 1


@pytest.mark.parametrize(
    "query", ["by=worker", "month=2027-13", "layer=-1", "client=x", "contract=x", "cursor=x", "layer=1e3"]
)
def test_what_cannot_be_read_in_the_address_is_refused(session: Session, enter: Enter, query: str) -> None:
    browser = enter(make_staff(session, "finance"))
    assert 400 <= browser.get(f"/console/margins?{query}").status_code < 500


def test_the_share_of_workers_leads_to_the_answers_and_keeps_the_policy(
    session: Session, app: Flask, enter: Enter
) -> None:
    chain = make_chain(session, items=2, price_visibility="finance_only")
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    hand_in(session, chain)
    path = f"/console/jobs/{public('job', chain.job.id)}/worker-share"
    client = enter(chain.client)
    page = client.get(path).text
    assert "not shown by the job" in page
    assert "0.35" not in page
    opened = client.get(f"/console/jobs/{public('job', chain.job.id)}/chains?paid=1&rate=standard").text
    assert opened.count('/chain"') == 1
    assert public("answer", handed.answer_ids[0]) in opened
    auditor = enter(make_party(session, "platform", "auditor")).get(path).text
    assert "≈ 38.8 %" in auditor
    assert enter(chain.layers[0][0]).get(path).status_code == 404


def test_a_chain_says_who_set_each_price_and_links_to_contracts_one_may_read(session: Session, enter: Enter) -> None:
    chain = make_chain(session, items=1, price_visibility="finance_only")
    handed = hand_in(session, chain)
    (first, upper), (_, lower) = chain.layers
    page = enter(first).get(f"/console/answers/{public('answer', handed.answer_ids[0])}/chain").text
    assert "the offer, version 1 of its prices" in page
    for contract in (upper, lower):
        assert f'href="/console/contracts/{public("contract", contract.id)}"' in page
    assert "the opening of the tasks" not in page
