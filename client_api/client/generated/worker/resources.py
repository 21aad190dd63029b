"""Every tag of the API as an attribute, generated from docs/worker-openapi.json; `piecework docs`
writes it anew.
"""

from __future__ import annotations

from client_api.client.generated.worker.account import Account
from client_api.client.generated.worker.claims import Claims
from client_api.client.generated.worker.disputes import Disputes
from client_api.client.generated.worker.log import Log
from client_api.client.generated.worker.notifications import Notifications
from client_api.client.generated.worker.pay import Pay
from client_api.client.generated.worker.protection import Protection
from client_api.client.generated.worker.standing import Standing
from client_api.client.generated.worker.tasks import Tasks
from client_api.client.generated.worker.teams import Teams
from client_api.client.transport import Transport


class Resources:
    """The operations of the API, by tag."""

    def __init__(self, transport: Transport) -> None:
        """`transport` sends what they ask for."""
        self.tasks = Tasks(transport)
        """Work that is open to one now."""
        self.claims = Claims(transport)
        """What one holds: claim, save, submit, give back."""
        self.disputes = Disputes(transport)
        """Contesting a rejection."""
        self.pay = Pay(transport)
        """What one earned, when it is paid, and where the price of an answer went."""
        self.standing = Standing(transport)
        """What organizations say of one: the skills they granted, the blocks they made."""
        self.protection = Protection(transport)
        """What protects one: time, hard content, fees, decisions about one."""
        self.teams = Teams(transport)
        """Teams one is in, and those one is invited to."""
        self.notifications = Notifications(transport)
        """What one was told."""
        self.account = Account(transport)
        """Everything that is kept about one."""
        self.log = Log(transport)
        """What the sealed log holds about one: events, proofs, receipts, bundles that prove one's pay."""
