"""The API for programs (api.md): JSON in, JSON out, RFC 9457 problems.

A view reads, calls one service or query, and shapes the answer. Every route declares its scope and how
it is documented. `authentication` reads keys, `body` JSON, `shapes` writes answers, `problems` errors.
`action` is another API, S1's, over the same services.
"""

from __future__ import annotations

from flask import Flask

from app.api import (
    action,
    api_keys,
    audit,
    changes,
    deliveries,
    docs,
    event_fit,
    event_types,
    events,
    idempotency,
    incidents,
    incoming,
    incoming_webhooks,
    oauth_credentials,
    portal_links,
    problems,
    records,
    recoveries,
    search,
    spaces,
    webhooks,
)
from app.api.blueprint import PREFIX, bp
from app.core.extensions import csrf
from app.core.route_policy import INCOMING, claim_errors

__all__ = [
    "api_keys",
    "audit",
    "changes",
    "deliveries",
    "docs",
    "event_fit",
    "event_types",
    "events",
    "idempotency",
    "incidents",
    "incoming",
    "incoming_webhooks",
    "records",
    "oauth_credentials",
    "recoveries",
    "register",
    "portal_links",
    "search",
    "spaces",
    "webhooks",
]


def register(app: Flask) -> None:
    """Bind the API to the app. Its callers carry keys, not cookies, so nobody can forge their requests."""
    action.register(app)
    csrf.exempt(bp)
    app.register_blueprint(bp)
    app.add_url_rule("/problems/<kind>", "problem", docs.problem)
    claim_errors(app, PREFIX, problems.answer_to)
    app.register_blueprint(incoming.bp)
    claim_errors(app, INCOMING, problems.answer_to)
