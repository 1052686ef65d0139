"""What one does with a webhook besides changing its settings: switch it, test it, copy it, renew its key."""

from __future__ import annotations

from typing import Annotated, Literal

from flask_babel import gettext as _
from pydantic import Field
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_nothing, read_object
from app.api.operation import documented
from app.api.problems import Problem
from app.api.schemas.deliveries import AttemptOut
from app.api.schemas.webhooks import TestedOut, TestedOut2, WebhookOut
from app.api.shapes import attempt_out, clock
from app.api.webhooks.crud import created, shown
from app.core.validation import Schema, check
from app.models import Attempt
from app.queries.deliveries.explanations import explain_attempt
from app.services import webhooks as service
from app.services.webhooks.schema import WebhookIn
from app.services.webhooks.secret_keys import OVERLAP_S

LONGEST_OVERLAP_S = 30 * 24 * 3600


class EnableIn(Schema):
    """`force`: turn on without the ping."""

    force: bool = False


class ResumeIn(Schema):
    """What becomes of the events that were held."""

    held: Literal["send", "skip"] = "send"


class RotateIn(Schema):
    """For how many seconds the old key signs beside the new one."""

    overlap_s: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP_S)] = OVERLAP_S


@bp.post("/v1/webhooks/<webhook_id>/enable")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Turn on after a ping; 409 with the attempt if the answer does not pass",
    body=EnableIn,
    body_optional=True,
    answer=WebhookOut,
    fails=(404, 409),
)
def enable_webhook(webhook_id: str) -> Response:
    """Turn on."""
    wanted = check(EnableIn, read_object(optional=True))
    try:
        return shown(service.enable(space_id(), webhook_id, wanted.force))
    except service.PingFailed as failed:
        tried = _tried(failed.attempt, webhook_id)
        explanation = tried["explanation"]
        raise Problem(
            409,
            "ping-failed",
            _("The webhook stays as it was: its answer to a ping did not pass"),
            explanation["what"] if explanation else _("The receiver's answer does not count as delivered."),
            attempt=tried,
        ) from None


@bp.post("/v1/webhooks/<webhook_id>/disable")
@scope("webhooks:write")
@documented("Webhooks", "Turn off; what waits is held", answer=WebhookOut, fails=(404,))
def disable_webhook(webhook_id: str) -> Response:
    """Turn off."""
    read_nothing()
    return shown(service.disable(space_id(), webhook_id))


@bp.post("/v1/webhooks/<webhook_id>/pause")
@scope("webhooks:write")
@documented("Webhooks", "Pause; events are held until you resume", answer=WebhookOut, fails=(404, 409))
def pause_webhook(webhook_id: str) -> Response:
    """Pause."""
    read_nothing()
    return shown(service.pause(space_id(), webhook_id))


@bp.post("/v1/webhooks/<webhook_id>/resume")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "End a pause, and send or skip what was held",
    body=ResumeIn,
    body_optional=True,
    answer=WebhookOut,
    fails=(404, 409),
)
def resume_webhook(webhook_id: str) -> Response:
    """End a pause, or order what becomes of held events."""
    wanted = check(ResumeIn, read_object(optional=True))
    return shown(service.resume(space_id(), webhook_id, wanted.held))


@bp.post("/v1/webhooks/test")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Send a sample now, as a webhook with these settings would; nothing is stored but the try",
    body=WebhookIn,
    answer=TestedOut2,
)
def test_unsaved_webhook() -> Response:
    """Test before creating. It is signed with a key made for this test."""
    tested = service.test(space_id(), read_object())
    return answer({"attempt": _shown_attempt(*tested)})


@bp.post("/v1/webhooks/<webhook_id>/test")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Send a sample now, with settings of the body in place of the stored ones",
    body=WebhookIn,
    body_optional=True,
    partial=True,
    answer=TestedOut,
    fails=(404,),
)
def test_webhook(webhook_id: str) -> Response:
    """Send a test. Nothing is stored but the try."""
    changes = read_object(optional=True)
    tested = service.test(space_id(), changes or None, webhook_id)
    return shown(service.find(space_id(), webhook_id), attempt=_shown_attempt(*tested))


@bp.post("/v1/webhooks/<webhook_id>/confirmation")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Send the confirmation link again; the one before no longer counts. 409 if none is needed",
    answer=TestedOut,
    fails=(404, 409),
)
def send_confirmation(webhook_id: str) -> Response:
    """Ask the receiver again. The answer carries the try."""
    read_nothing()
    attempt = service.ask_for_confirmation(space_id(), webhook_id)
    return shown(service.find(space_id(), webhook_id), attempt=_tried(attempt, webhook_id))


@bp.post("/v1/webhooks/<webhook_id>/duplicate")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Copy a webhook, off; refused if it carries secrets, which are never copied",
    status=201,
    answer=WebhookOut,
    fails=(404,),
)
def duplicate_webhook(webhook_id: str) -> Response:
    """A copy, off, with a secret key of its own."""
    read_nothing()
    return created(service.duplicate(space_id(), webhook_id))


@bp.post("/v1/webhooks/<webhook_id>/rotate-secret")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Make a new secret key; the old one signs beside it for a while",
    body=RotateIn,
    body_optional=True,
    answer=WebhookOut,
    fails=(404,),
)
def rotate_secret(webhook_id: str) -> Response:
    """A new secret key, shown only here."""
    wanted = check(RotateIn, read_object(optional=True))
    secret = service.rotate_secret(space_id(), webhook_id, wanted.overlap_s)
    return shown(service.find(space_id(), webhook_id), secret=secret)


def _tried(attempt: Attempt, webhook_id: str) -> AttemptOut:
    return _shown_attempt(attempt, service.find(space_id(), webhook_id).timeout_s)


def _shown_attempt(attempt: Attempt, timeout_s: int) -> AttemptOut:
    return attempt_out(attempt, explain_attempt(attempt, timeout_s, clock))
