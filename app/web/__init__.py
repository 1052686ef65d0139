"""The dashboard: HTML blueprints by noun. `rendering` alone decides page or fragment.

A view parses, calls one service or query, and renders. Every route declares its permission.
"""

from __future__ import annotations

from flask import Flask

from app.web import (
    audit,
    compression,
    deliveries,
    errors,
    health,
    oauth_credentials,
    permissions,
    security,
    webhooks,
)
from app.web.alerts import pages
from app.web.api_keys import pages
from app.web.home import pages
from app.web.inbox import pages
from app.web.people import session
from app.web.roles import pages
from app.web.webhooks import confirmation_link, defaults, sns_certificate

BLUEPRINTS = (
    pages.bp,
    audit.bp,
    defaults.bp,
    confirmation_link.bp,
    pages.bp,
    session.bp,
    webhooks.bp,
    deliveries.bp,
    pages.bp,
    pages.bp,
    pages.bp,
    oauth_credentials.bp,
    sns_certificate.bp,
    health.bp,
)


def register(app: Flask) -> None:
    """Bind the dashboard to the app."""
    compression.install(app)
    security.install(app)
    permissions.install(app)
    errors.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
