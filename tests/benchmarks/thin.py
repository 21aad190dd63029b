"""The second baseline: the thinnest Flask application that runs the statements, on the product's web server.

It believes the caller: the bearer is the worker's id, identifiers are plain, and nothing is checked.
"""

import os
import signal
import threading
import uuid
from typing import Any

import psycopg
from flask import Flask, request

from marketplace.db.children import end_with_parent
from tests.benchmarks import statements

URL_VARIABLE = "BENCHMARK_DATABASE_URL"


def create_app() -> Flask:
    """The application; the database is the one that the environment names, a connection a thread."""
    end_with_parent(signal.SIGTERM)
    app = Flask("thin", static_folder=None)
    url = os.environ[URL_VARIABLE]
    own = threading.local()

    def connection() -> psycopg.Connection[Any]:
        if not hasattr(own, "connection"):
            own.connection = statements.connect(url)
        found: psycopg.Connection[Any] = own.connection
        return found

    def worker() -> uuid.UUID:
        return uuid.UUID(request.headers["Authorization"].removeprefix("Bearer "))

    @app.get("/healthz")
    def ready() -> dict[str, Any]:
        return {}

    @app.post("/worker/v1/claims")
    def claim() -> tuple[dict[str, Any], int]:
        found = statements.claim(connection(), worker(), uuid.UUID(request.get_json()["batch_id"]))
        if found is None:
            return {}, 409
        claim_id, items = found
        return {"id": claim_id.hex, "items": items}, 201

    @app.post("/worker/v1/claims/<claim_id>/submit")
    def submit(claim_id: str) -> dict[str, Any]:
        given = request.get_json()
        if "claim_next" not in given:
            statements.submit(connection(), worker(), uuid.UUID(claim_id), given["answers"])
            return {"claim": claim_id}
        taken = statements.submit_and_claim(connection(), worker(), uuid.UUID(claim_id), given["answers"])
        return {"claim": claim_id, "next": None if taken is None else {"id": taken[0].hex, "items": taken[1]}}

    return app
