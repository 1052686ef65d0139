"""The dashboard: HTML blueprints by noun. `rendering` alone decides page or fragment.

A view parses, calls one service or query, and renders. Every route declares its permission.
"""

from __future__ import annotations

from flask import Flask

from app.web import (
    alerts,
    api_keys,
    attempts,
    audit,
    charts,
    compression,
    deliveries,
    delivery_links,
    errors,
    event_types,
    events,
    health,
    home,
    inbox,
    incidents,
    incoming,
    metrics,
    oauth_credentials,
    permissions,
    receiver_checks,
    records,
    recoveries,
    roles,
    search,
    security,
    spaces,
    webhooks,
)
from app.web.people import (
    account,
    email_changes,
    joining,
    members,
    password_resets,
    second_step,
    session,
    single_sign_on,
    two_steps,
)
from app.web.portal import pages as portal
from app.web.webhooks import confirmation_link, defaults, sns_certificate

BLUEPRINTS = (
    alerts.bp,
    audit.bp,
    defaults.bp,
    confirmation_link.bp,
    home.bp,
    session.bp,
    second_step.bp,
    single_sign_on.bp,
    password_resets.bp,
    joining.bp,
    email_changes.bp,
    account.bp,
    two_steps.bp,
    members.bp,
    webhooks.bp,
    deliveries.bp,
    events.bp,
    search.bp,
    incidents.bp,
    attempts.bp,
    inbox.bp,
    incoming.bp,
    api_keys.bp,
    roles.bp,
    oauth_credentials.bp,
    oauth_credentials.former_bp,
    sns_certificate.bp,
    health.bp,
    receiver_checks.bp,
    event_types.bp,
    event_types.public_bp,
    metrics.bp,
    spaces.bp,
    portal.bp,
    records.bp,
    recoveries.bp,
    delivery_links.bp,
    delivery_links.shared_bp,
)


def register(app: Flask) -> None:
    """Bind the dashboard to the app."""
    compression.install(app)
    security.install(app)
    permissions.install(app)
    errors.install(app)
    charts.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
