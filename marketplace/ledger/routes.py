"""Which journal may move money between which accounts: the table of docs/ledger.md, held at each posting.

A worker's accounts (2110, 2130) are debited by falling due, by an advance that the worker asked for, by a hold, by a
payout, and with a payout by the tax that is withheld from it and by the fee that the worker accepted for an advance,
and by nothing else.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from marketplace.ledger.chart import Code

Route = tuple[Code, Code]
"""The code debited and the code credited."""

ROUTES: Final[Mapping[str, frozenset[Route]]] = {
    "J0": frozenset({(Code.BANK_OPERATING, Code.CAPITAL)}),
    "J1": frozenset(
        {
            # what the rail kept of it, borne by the platform
            (Code.PROCESSING_FEES, Code.RAIL_PENDING),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
            (Code.RAIL_PENDING, Code.CLIENT_DEPOSITS),
            (Code.RAIL_AVAILABLE, Code.RAIL_PENDING),
            # on a statement of the bank
            (Code.BANK_WAGES, Code.CLIENT_DEPOSITS),
            # our own money on its way to the bank
            (Code.TRANSFERS_IN_TRANSIT, Code.RAIL_AVAILABLE),
        }
    ),
    "J2": frozenset({(Code.CLIENT_DEPOSITS, Code.JOB_RESERVE)}),
    "J3": frozenset(
        {
            (Code.JOB_RESERVE, Code.PLATFORM_FEE),
            (Code.JOB_RESERVE, Code.MARGIN_DEFERRED),
            (Code.JOB_RESERVE, Code.PAY_DEFERRED),
        }
    ),
    "J4": frozenset(
        {
            (Code.PAY_DEFERRED, Code.PAY_DUE),
            (Code.MARGIN_DEFERRED, Code.MARGIN_DUE),
            (Code.PAY_DEFERRED, Code.HELD),
            (Code.MARGIN_DEFERRED, Code.HELD),
            # due already, when the payee's bank turns out to take nothing
            (Code.PAY_DUE, Code.HELD),
            (Code.MARGIN_DUE, Code.HELD),
            # the reason for a hold is gone
            (Code.HELD, Code.PAY_DUE),
            (Code.HELD, Code.MARGIN_DUE),
            # of a contract that the client, or the platform as caretaker, took over from a layer in default
            (Code.MARGIN_DEFERRED, Code.CLIENT_DEPOSITS),
            (Code.MARGIN_DEFERRED, Code.WAGE_GUARANTEE_FUND),
            # and was in default with it in turn
            (Code.HELD, Code.CLIENT_DEPOSITS),
            (Code.HELD, Code.WAGE_GUARANTEE_FUND),
        }
    ),
    "J5": frozenset(
        {
            (Code.PAY_DUE, Code.PAYOUTS_IN_FLIGHT),
            (Code.MARGIN_DUE, Code.PAYOUTS_IN_FLIGHT),
            # what is withheld for an authority
            (Code.PAY_DUE, Code.TAX_WITHHELD),
            (Code.MARGIN_DUE, Code.TAX_WITHHELD),
        }
    ),
    "J6": frozenset(
        {
            (Code.PAYOUTS_IN_FLIGHT, Code.RAIL_AVAILABLE),
            (Code.PAYOUTS_IN_FLIGHT, Code.BANK_WAGES),
            # a line that had stood on 2900 shows it
            (Code.PAYOUTS_IN_FLIGHT, Code.SUSPENSE),
            # the fee that a worker accepted for an advance which this payout paid
            (Code.PAY_DUE, Code.ADVANCE_FEE),
            # our own money come from the bank for a run (J6a)
            (Code.RAIL_AVAILABLE, Code.TRANSFERS_IN_TRANSIT),
            # a fee that the rail takes for itself, borne by the platform
            (Code.PAYOUT_FEES, Code.RAIL_AVAILABLE),
            (Code.PAYOUT_FEES, Code.BANK_WAGES),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
            # the rail changed the money itself: what it really cost
            (Code.PAYOUTS_IN_FLIGHT, Code.CURRENCY_POSITION),
            (Code.CURRENCY_POSITION, Code.RAIL_AVAILABLE),
            (Code.CURRENCY_POSITION, Code.CURRENCY_GAIN),
            (Code.CURRENCY_LOSS, Code.CURRENCY_POSITION),
        }
    ),
    "J7": frozenset(
        {
            (Code.PAYOUTS_IN_FLIGHT, Code.PAY_DUE),
            (Code.PAYOUTS_IN_FLIGHT, Code.MARGIN_DUE),
            (Code.PAYOUTS_IN_FLIGHT, Code.HELD),
            (Code.TAX_WITHHELD, Code.PAY_DUE),
            (Code.TAX_WITHHELD, Code.MARGIN_DUE),
            # it was to be paid in another currency
            (Code.PAYOUTS_IN_FLIGHT, Code.CURRENCY_POSITION),
            (Code.CURRENCY_POSITION, Code.PAY_DUE),
            (Code.CURRENCY_POSITION, Code.MARGIN_DUE),
            # the attempt is undone already, and the payee cannot be paid as things are
            (Code.PAY_DUE, Code.HELD),
            (Code.MARGIN_DUE, Code.HELD),
        }
    ),
    "J8": frozenset(
        {
            (Code.RAIL_AVAILABLE, Code.RETURNED),
            (Code.BANK_WAGES, Code.RETURNED),
            (Code.RETURNED, Code.HELD),
            # what the payout had carried in or out stays due
            (Code.RETURNED, Code.PAY_DUE),
            (Code.RETURNED, Code.MARGIN_DUE),
            # and what was withheld from it is not any more
            (Code.TAX_WITHHELD, Code.PAY_DUE),
            (Code.TAX_WITHHELD, Code.MARGIN_DUE),
            (Code.PAY_DUE, Code.HELD),
            (Code.MARGIN_DUE, Code.HELD),
            # the fee of an advance is given back with it
            (Code.ADVANCE_FEE, Code.HELD),
            # it had been paid in another currency
            (Code.RETURNED, Code.CURRENCY_POSITION),
            (Code.CURRENCY_POSITION, Code.HELD),
            (Code.CURRENCY_POSITION, Code.PAY_DUE),
            (Code.CURRENCY_POSITION, Code.MARGIN_DUE),
            (Code.CURRENCY_POSITION, Code.CURRENCY_GAIN),
            (Code.CURRENCY_LOSS, Code.CURRENCY_POSITION),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
        }
    ),
    "J9": frozenset({(Code.PAY_DEFERRED, Code.PAY_DUE)}),
    "J10a": frozenset(
        {
            # a mirror of J3, all but what the workers earned
            (Code.PLATFORM_FEE, Code.JOB_RESERVE),
            (Code.MARGIN_DEFERRED, Code.JOB_RESERVE),
            # which the platform bears
            (Code.CORRECTION_BORNE, Code.JOB_RESERVE),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
        }
    ),
    "J10b": frozenset(
        {
            # a quality claim is upheld: margin of the layer that vouched, also what is held for its default
            (Code.MARGIN_DEFERRED, Code.JOB_RESERVE),
            (Code.MARGIN_DUE, Code.JOB_RESERVE),
            (Code.HELD, Code.JOB_RESERVE),
            # what it owes for one, once its margins bring it
            (Code.MARGIN_DEFERRED, Code.RECOURSE_RECEIVABLE),
            (Code.MARGIN_DUE, Code.RECOURSE_RECEIVABLE),
            (Code.HELD, Code.RECOURSE_RECEIVABLE),
            (Code.RECOURSE_RECEIVABLE, Code.JOB_RESERVE),
        }
    ),
    "J11": frozenset({(Code.MARGIN_DEFERRED, Code.HELD), (Code.MARGIN_DUE, Code.HELD)}),
    "J12": frozenset(
        {
            (Code.JOB_RESERVE, Code.CLIENT_DEPOSITS),
            # a refund: ordered, refused, gone back
            (Code.CLIENT_DEPOSITS, Code.REFUND_PAYABLE),
            (Code.REFUND_PAYABLE, Code.CLIENT_DEPOSITS),
            (Code.REFUND_PAYABLE, Code.RAIL_AVAILABLE),
            (Code.REFUND_PAYABLE, Code.BANK_WAGES),
            # a line that had stood on 2900 shows it
            (Code.REFUND_PAYABLE, Code.SUSPENSE),
        }
    ),
    "J13": frozenset(
        {
            (Code.PAY_DUE, Code.CURRENCY_POSITION),
            (Code.MARGIN_DUE, Code.CURRENCY_POSITION),
            (Code.CURRENCY_POSITION, Code.PAYOUTS_IN_FLIGHT),
            # what is withheld for an authority, in the currency owed
            (Code.PAY_DUE, Code.TAX_WITHHELD),
            (Code.MARGIN_DUE, Code.TAX_WITHHELD),
        }
    ),
    "J14": frozenset(
        {
            (Code.CLIENT_RECEIVABLE, Code.RAIL_AVAILABLE),
            (Code.CHARGEBACK_LOSS, Code.RAIL_AVAILABLE),
            # what of the client's money is free is kept for it, and is free again when it is not needed
            (Code.CLIENT_DEPOSITS, Code.DISPUTE_FREEZE),
            (Code.JOB_RESERVE, Code.DISPUTE_FREEZE),
            (Code.DISPUTE_FREEZE, Code.CLIENT_DEPOSITS),
            # what it does not reach the platform puts in, and takes back
            (Code.BANK_WAGES, Code.BANK_OPERATING),
            (Code.BANK_OPERATING, Code.BANK_WAGES),
            # won: the money comes back, also what was lost before
            (Code.RAIL_AVAILABLE, Code.CLIENT_RECEIVABLE),
            (Code.RAIL_AVAILABLE, Code.CLIENT_DEPOSITS),
            (Code.RAIL_AVAILABLE, Code.CHARGEBACK_LOSS),
            # lost: the client pays, or nobody does
            (Code.DISPUTE_FREEZE, Code.CLIENT_RECEIVABLE),
            (Code.CHARGEBACK_LOSS, Code.CLIENT_RECEIVABLE),
            # given back at the rail by hand, as finance says of a line on 2900
            (Code.CLIENT_DEPOSITS, Code.SUSPENSE),
        }
    ),
    "J15": frozenset(
        {
            (Code.RAIL_AVAILABLE, Code.SUSPENSE),
            (Code.SUSPENSE, Code.RAIL_AVAILABLE),
            (Code.BANK_WAGES, Code.SUSPENSE),
            (Code.SUSPENSE, Code.BANK_WAGES),
            # explained: our own money between a rail and the bank
            (Code.SUSPENSE, Code.TRANSFERS_IN_TRANSIT),
            (Code.TRANSFERS_IN_TRANSIT, Code.SUSPENSE),
            # explained: a fee, or a client's money
            (Code.PROCESSING_FEES, Code.SUSPENSE),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
            (Code.SUSPENSE, Code.CLIENT_DEPOSITS),
        }
    ),
    "J16": frozenset(
        {
            (Code.HELD, Code.UNCLAIMED),
            # the payee has come
            (Code.UNCLAIMED, Code.PAY_DUE),
            (Code.UNCLAIMED, Code.MARGIN_DUE),
        }
    ),
    "J17": frozenset({(Code.BANK_OPERATING, Code.BANK_WAGES)}),
    "J18": frozenset(
        {
            (Code.MARGIN_DUE, Code.PAY_DUE),
            (Code.MARGIN_DEFERRED, Code.PAY_DUE),
            (Code.WAGE_GUARANTEE_FUND, Code.PAY_DUE),
            # the worker has not said where to pay to
            (Code.MARGIN_DUE, Code.HELD),
            (Code.MARGIN_DEFERRED, Code.HELD),
            (Code.WAGE_GUARANTEE_FUND, Code.HELD),
            # what the fund gave in the layer's place, and the layer's paying it back
            (Code.RECOURSE_RECEIVABLE, Code.WAGE_GUARANTEE_FUND),
            (Code.MARGIN_DUE, Code.RECOURSE_RECEIVABLE),
            (Code.MARGIN_DEFERRED, Code.RECOURSE_RECEIVABLE),
            # out of what is held because the layer is in default
            (Code.HELD, Code.PAY_DUE),
            (Code.HELD, Code.HELD),
            (Code.HELD, Code.RECOURSE_RECEIVABLE),
            # what it will never pay back: the platform makes the fund whole
            (Code.RECOURSE_WRITTEN_OFF, Code.RECOURSE_RECEIVABLE),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
        }
    ),
    "J19": frozenset({(Code.JOB_RESERVE, Code.PAY_DEFERRED)}),
    "J20": frozenset(
        {
            (Code.GUARANTEE_CONTRIBUTION, Code.WAGE_GUARANTEE_FUND),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
        }
    ),
    "J21": frozenset(
        {
            (Code.TAX_WITHHELD, Code.BANK_WAGES),
            (Code.TAX_WITHHELD, Code.RAIL_AVAILABLE),
            (Code.TAX_WITHHELD, Code.BANK_OPERATING),
            # by a line that had been set aside
            (Code.TAX_WITHHELD, Code.SUSPENSE),
            # sales tax, which is the platform's own debt
            (Code.SALES_TAX, Code.BANK_WAGES),
            (Code.SALES_TAX, Code.RAIL_AVAILABLE),
            (Code.SALES_TAX, Code.BANK_OPERATING),
            (Code.SALES_TAX, Code.SUSPENSE),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
        }
    ),
    "J22": frozenset(
        {
            (Code.CURRENCY_POSITION, Code.BANK_WAGES),
            (Code.CURRENCY_POSITION, Code.RAIL_AVAILABLE),
            (Code.CURRENCY_POSITION, Code.SUSPENSE),
            (Code.BANK_WAGES, Code.CURRENCY_POSITION),
            (Code.RAIL_AVAILABLE, Code.CURRENCY_POSITION),
            (Code.SUSPENSE, Code.CURRENCY_POSITION),
            # what it really cost, or brought
            (Code.CURRENCY_POSITION, Code.CURRENCY_GAIN),
            (Code.CURRENCY_LOSS, Code.CURRENCY_POSITION),
            (Code.BANK_WAGES, Code.BANK_OPERATING),
        }
    ),
    # what of fees is sales tax, and back with fees that were given back
    "J23": frozenset({(Code.PLATFORM_FEE, Code.SALES_TAX), (Code.SALES_TAX, Code.PLATFORM_FEE)}),
}


def foreign_routes(kind: str, routes: Iterable[Route]) -> list[str]:
    """The routes that a journal of this kind may not take, in words; all of them when there is no such journal."""
    allowed = ROUTES.get(kind, frozenset())
    return [f"{kind} {debit:d}/{credit:d}" for debit, credit in routes if (debit, credit) not in allowed]
