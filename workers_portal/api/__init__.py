"""The workers' JSON API under /worker/v1: the verbs of the pages, for phones' own programs and for load tests."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("worker_api", __name__, url_prefix="/worker/v1")
