"""The dashboard: HTML blueprints by noun. `rendering` alone decides page or fragment.

A view parses, calls one service or query, and renders. Every route declares its permission.
"""

from __future__ import annotations

from flask import Flask

from app.web import (
    alerts,
    api_keys,
    audit,
    compression,
    deliveries,
    errors,
    events,
    health,
    home,
    inbox,
    metrics,
    oauth_credentials,
    permissions,
    roles,
    security,
    spaces,
    webhooks,
)
from app.web.people import session
from app.web.portal import pages as portal
from app.web.webhooks import confirmation_link, defaults, sns_certificate

BLUEPRINTS = (
    alerts.bp,
    audit.bp,
    defaults.bp,
    confirmation_link.bp,
    home.bp,
    session.bp,
    webhooks.bp,
    deliveries.bp,
    events.bp,
    inbox.bp,
    api_keys.bp,
    roles.bp,
    oauth_credentials.bp,
    oauth_credentials.former_bp,
    sns_certificate.bp,
    health.bp,
    metrics.bp,
    spaces.bp,
    portal.bp,
)


def register(app: Flask) -> None:
    """Bind the dashboard to the app."""
    compression.install(app)
    security.install(app)
    permissions.install(app)
    errors.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
