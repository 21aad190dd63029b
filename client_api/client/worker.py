"""The client of workers: an address, a worker's key, and every operation of the worker API."""

from __future__ import annotations

from client_api.client.connection import Connection
from client_api.client.generated.worker.resources import Resources
from client_api.client.transport import Transport


class WorkerClient(Connection, Resources):
    """One key of a worker at one service: `worker.claims.claim_next({…})`, with the same retries as `Client`."""

    def _attach(self, transport: Transport) -> None:
        Resources.__init__(self, transport)
