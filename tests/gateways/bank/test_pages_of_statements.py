"""Statements of several pages: in their order, whole, each once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.bank.importing import gaps, import_statements
from marketplace.gateways.bank_models import BankLine, BankStatement
from marketplace.kernel.errors import DomainError
from tests.gateways.bank.imitation import OURS
from tests.gateways.bank.standing import AtTheBank, cny
from tests.gateways.bank.test_details import VERSIONS, document, entry


def pages(form: str, *sums: str) -> list[bytes]:
    """A statement of so many pages, each of one credit and one debit that leave that sum."""
    found, balance = [], cny("0")
    for number, moved in enumerate(sums, start=1):
        opening, balance = balance, balance + cny(moved)
        first, last = number == 1, number == len(sums)
        up = cny(moved) + cny("1")
        if form == "mt940":
            rows = [
                ":20:STARTUMS", f":25:{OURS['CNY'].number}", f":28C:00009/{number:03}",
                f":60{'F' if first else 'M'}:C270301CNY{opening.text().replace('.', ',')}",
                f":61:2703010301C{up.text().replace('.', ',')}NTRFNONREF//B{number}-1",
                f":61:2703010301D1,00NTRFNONREF//B{number}-2",
                f":62{'F' if last else 'M'}:C270301CNY{balance.text().replace('.', ',')}", "-", "",
            ]  # fmt: skip
            found.append("\r\n".join(rows).encode())
        else:
            codes = f"{'OPBD' if first else 'ITBD'} {'CLBD' if last else 'ITBD'}"
            both = entry(form, up.text(), "", mark="CRDT") + entry(form, "1.00", "")
            found.append(document(form, opening.text(), balance.text(), both, codes=codes, page=str(number)))
    return found


def bring(there: AtTheBank, form: str, some: list[bytes]) -> list[bool]:
    """Import pages in one file, or in as many where a file has no more than one; returns which were new."""
    if form == "02":
        files = some
    elif form == "mt940":
        files = [b"".join(some)]
    else:
        inner = [one.split(b"</GrpHdr>")[1].split(b"</BkToCstmrStmt>")[0] for one in some]
        files = [some[0].replace(inner[0], b"".join(inner))]
    return [one.is_new for file in files for one in import_statements(there.session, there.finance, OURS, file)]


@pytest.mark.parametrize("form", [*VERSIONS, "mt940"])
@pytest.mark.parametrize("sums", [("5.00", "2.00", "1.00"), ("5.00", "0.00", "-0.50", "0.50")])
def test_the_pages_of_a_statement_follow_each_other_in_one_file_or_in_several(
    session: Session, there: AtTheBank, form: str, sums: tuple[str, ...]
) -> None:
    written = pages(form, *sums)
    with session.begin_nested() as beginning:
        assert bring(there, form, written) == [True] * len(sums)
        assert session.scalars(select(func.count()).select_from(BankLine)).one() == 2 * len(sums)
        assert gaps(session, there.finance) == []
        beginning.rollback()
    for one in [*written, *written]:
        import_statements(session, there.finance, OURS, one)
    assert gaps(session, there.finance) == []
    assert session.scalars(select(func.count()).select_from(BankStatement)).one() == len(sums)


@pytest.mark.parametrize("form", [*VERSIONS, "mt940"])
@pytest.mark.parametrize("sums", [("5.00", "2.00", "1.00"), ("5.00", "0.00", "1.00")])
@pytest.mark.parametrize("order", [(0, 2), (1, 2), (1, 0, 2)])
def test_a_page_that_is_missing_or_out_of_its_place_refuses_the_file(
    session: Session, there: AtTheBank, form: str, sums: tuple[str, ...], order: tuple[int, ...]
) -> None:
    written = pages(form, *sums)
    with pytest.raises(DomainError, match="page before"), session.begin_nested():
        bring(there, form, [written[at] for at in order])
    assert session.scalars(select(func.count()).select_from(BankLine)).one() == 0
    import_statements(session, there.finance, OURS, written[0])
    with pytest.raises(DomainError, match="page before"), session.begin_nested():
        import_statements(session, there.finance, OURS, written[2])
    assert session.scalars(select(func.count()).select_from(BankLine)).one() == 2


@pytest.mark.parametrize("form", [*VERSIONS, "mt940"])
def test_a_page_that_comes_twice_is_booked_once_and_refused_where_it_says_something_else(
    session: Session, there: AtTheBank, form: str
) -> None:
    first, second = pages(form, "5.00", "2.00")
    assert bring(there, form, [first, first, second]) == [True, False, True]
    other = pages(form, "5.00", "3.00")[1]
    with pytest.raises(DomainError, match="statement_changed"), session.begin_nested():
        bring(there, form, [first, second, other])
    assert session.scalars(select(func.count()).select_from(BankLine)).one() == 4
