"""The action API (S1): `?action=add_webhook`, signed with a hash or called with a bearer token.

One more face over the services that API v1 calls, in the shapes of S1, so that programs written for them
go on. `callers` says who calls, `parameters` reads, `actions` does, `shapes` answers.
"""

from __future__ import annotations

from flask import Flask

from app.api.action import shapes
from app.api.action.routes import PREFIXES, bp
from app.core.extensions import csrf
from app.core.route_policy import claim_errors


def register(app: Flask) -> None:
    """Bind the action API to the app. It must claim its errors before API v1 claims all below /api/."""
    csrf.exempt(bp)
    app.register_blueprint(bp)
    for prefix in PREFIXES:
        claim_errors(app, prefix, shapes.answer_to)
