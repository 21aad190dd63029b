"""Double entry: the trial balance and each journal.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated import types as t
from client_api.client.resource import Resource


class Ledger(Resource):
    """Double entry: the trial balance and each journal."""

    def read_journal(self, journal_id: str) -> t.Journal:
        """Read one journal with its postings.

        `GET /v1/ledger/journals/{journal_id}`; needs `ledger.read`.
        """
        return cast(
            "t.Journal", self._call("GET", self._path("/v1/ledger/journals/{journal_id}", {"journal_id": journal_id}))
        )

    def read_trial_balance(self) -> t.TrialBalance:
        """Read what every account holds, by code and currency.

        `GET /v1/ledger/trial-balance`; needs `ledger.read`.
        """
        return cast("t.TrialBalance", self._call("GET", "/v1/ledger/trial-balance"))
