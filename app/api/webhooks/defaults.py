"""What new webhooks of the space start with."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.schemas.webhooks import WebhookDefaultsOut
from app.services import webhooks as service
from app.services.webhooks.sending import Sending


@bp.get("/v1/webhook-defaults")
@scope("webhooks:read")
@documented("Webhooks", "Read what new webhooks start with", answer=WebhookDefaultsOut)
def show_webhook_defaults() -> Response:
    """The defaults of the space."""
    return answer(service.defaults_of(space_id()))


@bp.patch("/v1/webhook-defaults")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Change what new webhooks start with; those that are there stay as they are",
    body=Sending,
    partial=True,
    answer=WebhookDefaultsOut,
)
def change_webhook_defaults() -> Response:
    """Change the defaults that the body names."""
    return answer(service.change_defaults(space_id(), read_object()))
