"""Double entry: the trial balance, each journal, and closed months.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Ledger(Resource):
    """Double entry: the trial balance, each journal, and closed months."""

    def list_ledger_accounts(
        self,
        *,
        code: Literal[
            1010,
            1020,
            1100,
            1110,
            1120,
            1210,
            1230,
            2010,
            2020,
            2030,
            2110,
            2120,
            2130,
            2140,
            2150,
            2160,
            2170,
            2200,
            2210,
            2300,
            2310,
            2400,
            2900,
            3000,
            3100,
            3900,
            4010,
            4020,
            4030,
            5010,
            5020,
            5030,
            5040,
            5050,
            5060,
            5070,
        ],
        currency: str,
        cursor: str | None = None,
        limit: int | None = None,
        due_from: str | None = None,
        due_until: str | None = None,
        as_of: str | None = None,
    ) -> t.HeldPage:
        """List the accounts of a code and currency with what they hold: the latest due date first,
        else the newest first.

        All of them add up to the line of the trial balance.

        `GET /v1/ledger/accounts`; needs `ledger.read`.
        """
        return cast(
            "t.HeldPage",
            self._call(
                "GET",
                "/v1/ledger/accounts",
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "code": code,
                    "currency": currency,
                    "due_from": due_from,
                    "due_until": due_until,
                    "as_of": as_of,
                },
            ),
        )

    def iter_ledger_accounts(
        self,
        *,
        code: Literal[
            1010,
            1020,
            1100,
            1110,
            1120,
            1210,
            1230,
            2010,
            2020,
            2030,
            2110,
            2120,
            2130,
            2140,
            2150,
            2160,
            2170,
            2200,
            2210,
            2300,
            2310,
            2400,
            2900,
            3000,
            3100,
            3900,
            4010,
            4020,
            4030,
            5010,
            5020,
            5030,
            5040,
            5050,
            5060,
            5070,
        ],
        currency: str,
        limit: int | None = None,
        due_from: str | None = None,
        due_until: str | None = None,
        as_of: str | None = None,
    ) -> Iterator[t.Held]:
        """Walk the rows of all pages of `list_ledger_accounts`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_ledger_accounts(
                limit=limit,
                code=code,
                currency=currency,
                due_from=due_from,
                due_until=due_until,
                as_of=as_of,
                cursor=cursor,
            )
        )

    def read_ledger_account(
        self, account_id: str, *, first: str | None = None, last: str | None = None
    ) -> t.AccountSums:
        """Read what an account held before a range of days, what moved it in them, and what it held at
        their end.

        `GET /v1/ledger/accounts/{account_id}`; needs `ledger.read`.
        """
        return cast(
            "t.AccountSums",
            self._call(
                "GET",
                self._path("/v1/ledger/accounts/{account_id}", {"account_id": account_id}),
                query={"first": first, "last": last},
            ),
        )

    def list_account_lines(
        self,
        account_id: str,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        first: str | None = None,
        last: str | None = None,
    ) -> t.AccountLinePage:
        """List the postings of an account, those of the latest day first, each with what the account
        held after it.

        `GET /v1/ledger/accounts/{account_id}/lines`; needs `ledger.read`.
        """
        return cast(
            "t.AccountLinePage",
            self._call(
                "GET",
                self._path("/v1/ledger/accounts/{account_id}/lines", {"account_id": account_id}),
                query={"cursor": cursor, "limit": limit, "first": first, "last": last},
            ),
        )

    def iter_account_lines(
        self, account_id: str, *, limit: int | None = None, first: str | None = None, last: str | None = None
    ) -> Iterator[t.AccountLine]:
        """Walk the rows of all pages of `list_account_lines`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_account_lines(account_id, limit=limit, first=first, last=last, cursor=cursor)
        )

    def list_journals(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        kind: Literal[
            "J0",
            "J1",
            "J2",
            "J3",
            "J4",
            "J5",
            "J6",
            "J7",
            "J8",
            "J9",
            "J10a",
            "J10b",
            "J11",
            "J12",
            "J13",
            "J14",
            "J15",
            "J16",
            "J17",
            "J18",
            "J19",
            "J20",
            "J21",
            "J22",
            "J23",
        ]
        | None = None,
        first: str | None = None,
        last: str | None = None,
        subject: str | None = None,
    ) -> t.JournalHeadPage:
        """List journals of a kind, of a range of days, or about a subject; those of the latest day
        first.

        `GET /v1/ledger/journals`; needs `ledger.read`.
        """
        return cast(
            "t.JournalHeadPage",
            self._call(
                "GET",
                "/v1/ledger/journals",
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "kind": kind,
                    "first": first,
                    "last": last,
                    "subject": subject,
                },
            ),
        )

    def iter_journals(
        self,
        *,
        limit: int | None = None,
        kind: Literal[
            "J0",
            "J1",
            "J2",
            "J3",
            "J4",
            "J5",
            "J6",
            "J7",
            "J8",
            "J9",
            "J10a",
            "J10b",
            "J11",
            "J12",
            "J13",
            "J14",
            "J15",
            "J16",
            "J17",
            "J18",
            "J19",
            "J20",
            "J21",
            "J22",
            "J23",
        ]
        | None = None,
        first: str | None = None,
        last: str | None = None,
        subject: str | None = None,
    ) -> Iterator[t.JournalHead]:
        """Walk the rows of all pages of `list_journals`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(
            lambda cursor: self.list_journals(
                limit=limit, kind=kind, first=first, last=last, subject=subject, cursor=cursor
            )
        )

    def read_journal(self, journal_id: str) -> t.Journal:
        """Read one journal with its postings.

        `GET /v1/ledger/journals/{journal_id}`; needs `ledger.read`.
        """
        return cast(
            "t.Journal", self._call("GET", self._path("/v1/ledger/journals/{journal_id}", {"journal_id": journal_id}))
        )

    def read_month(self, *, month: str) -> t.Month:
        """Read what a month holds for who closes it: the trial balance at its end and what of it is
        still open.

        `digest` is what a proposal to close it would be of. Nothing that is open forbids to close.

        `GET /v1/ledger/month`; needs `ledger.read`.
        """
        return cast("t.Month", self._call("GET", "/v1/ledger/month", query={"month": month}))

    def list_periods(self, *, cursor: str | None = None, limit: int | None = None) -> t.PeriodPage:
        """List proposals to close a month, or to open one again, and what became of them, newest
        first.

        `GET /v1/ledger/periods`; needs `ledger.read`.
        """
        return cast("t.PeriodPage", self._call("GET", "/v1/ledger/periods", query={"cursor": cursor, "limit": limit}))

    def iter_periods(self, *, limit: int | None = None) -> Iterator[t.Period]:
        """Walk the rows of all pages of `list_periods`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_periods(limit=limit, cursor=cursor))

    def propose_period(self, body: t.PeriodInput, *, idempotency_key: str | None = None) -> t.Period:
        """Propose to close a month of the books as they stand now, and every month before it.

        Another person approves it. A proposal that nobody approved is superseded by a newer one.

        `POST /v1/ledger/periods`; needs `period.close`.
        """
        return cast(
            "t.Period", self._call("POST", "/v1/ledger/periods", body=body, idempotency_key=idempotency_key, keyed=True)
        )

    def read_period(self, period_id: str) -> t.PeriodTotals:
        """Read a proposal and, once it closed its month, the trial balance at the close and the log's
        signed head then.

        `GET /v1/ledger/periods/{period_id}`; needs `ledger.read`.
        """
        return cast(
            "t.PeriodTotals", self._call("GET", self._path("/v1/ledger/periods/{period_id}", {"period_id": period_id}))
        )

    def approve_period(self, period_id: str) -> t.Period:
        """Close the month, or open it again, as somebody else proposed.

        Once closed, nothing is recorded that is effective by its end. Refused if its totals changed
        since the proposal.

        `POST /v1/ledger/periods/{period_id}/approve`; needs `period.close`.
        """
        return cast(
            "t.Period",
            self._call("POST", self._path("/v1/ledger/periods/{period_id}/approve", {"period_id": period_id})),
        )

    def refuse_period(self, period_id: str, body: t.PeriodReasonInput) -> t.Period:
        """Refuse what somebody proposed, or take one's own proposal back.

        `POST /v1/ledger/periods/{period_id}/refuse`; needs `period.close`.
        """
        return cast(
            "t.Period",
            self._call(
                "POST", self._path("/v1/ledger/periods/{period_id}/refuse", {"period_id": period_id}), body=body
            ),
        )

    def propose_reopening(
        self, period_id: str, body: t.PeriodReasonInput, *, idempotency_key: str | None = None
    ) -> t.Period:
        """Propose to open again the month that this proposal closed; another person approves it.

        A later closed month is reopened first. The close stays in the record with its totals,
        digest and signed head. It is no way to book something late: that is recorded on the day on
        which it comes to light.

        `POST /v1/ledger/periods/{period_id}/reopen`; needs `period.close`.
        """
        return cast(
            "t.Period",
            self._call(
                "POST",
                self._path("/v1/ledger/periods/{period_id}/reopen", {"period_id": period_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def read_trial_balance(self) -> t.TrialBalance:
        """Read what every account holds, by code and currency.

        `GET /v1/ledger/trial-balance`; needs `ledger.read`.
        """
        return cast("t.TrialBalance", self._call("GET", "/v1/ledger/trial-balance"))
