"""What programs get when something is wrong: problem details by RFC 9457.

`type` is a stable path below this server; `/problems/<word>` explains it. Programs decide by `type`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from flask import request
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.api.answers import as_json
from app.core.draining import drain
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.route_policy import loggable_path

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "5"

# Every kind of problem and when it comes. The words are a promise: programs decide by them.
KINDS: dict[str, str] = {
    "built-in-role": "Every space has this role, so it stays.",
    "email-taken": "The new e-mail address has an account of its own.",
    "higher-role": "Somebody else's role includes more than one's own.",
    "key-of-the-space": "An incoming webhook acts as somebody in the space, which an instance key is not.",
    "last-owner": "A space keeps an owner.",
    "no-mail-server": "This Hookdesk sends no mail.",
    "role-is-used": "Somebody has the role, or is to get it.",
    "two-step-is-off": "Whoever requires two-step log-in sets it up first.",
    "two-step-is-on": "Two-step log-in is on already.",
    "two-step-required": "A space requires two-step log-in.",
    "already-confirmed": "The receiver has confirmed this address, so there is nothing to ask.",
    "already-reverted": "The settings are what they were before the change.",
    "bad-request": "The request cannot be read.",
    "being-sent": "The delivery is being sent right now.",
    "broken-json": "The body is not JSON, is over 100 deep, or holds a number beyond a double or one name twice.",
    "changed-meanwhile": "The webhooks of the space were changed again and again while it was stored. Send it again.",
    "data-gone": "The data of the event passed its time limit and was removed.",
    "encoded": "The body has a Content-Encoding such as gzip; it is taken without one.",
    "event-type-in-use": "A webhook still sends the event type.",
    "idempotency-key-in-use": "The first call with this idempotency key has no answer yet.",
    "idempotency-key-reused": "The idempotency key was used before for a different request.",
    "internal": "Our fault. Send it again; if it goes on, tell the reference to whoever runs Hookdesk.",
    "method-not-allowed": "The address has no such method.",
    "missing-scope": "The key lacks the scope that `scope` names.",
    "no-space": "An instance key has to name the space in the header Hookdesk-Space.",
    "newer-change": "Some of the settings were changed again since: `clashes` says which. `anyway` overwrites them.",
    "no-confirmation": "The webhook asks its receiver for no confirmation.",
    "not-connectable": "The OAuth connection has no address where people log in.",
    "not-found": "Nothing with this id is in the space of the key.",
    "not-json": "The body was not sent with Content-Type: application/json.",
    "not-on": "The webhook is off; turn it on first.",
    "nothing-to-resend": "Nothing of that kind is there in that time, so nothing was started.",
    "ping-failed": "The webhook was not turned on: the answer to the ping, in `attempt`, did not pass.",
    "other-space": "The header Hookdesk-Space names another space than the key's own.",
    "not-signed": "The message of another system does not prove who sent it.",
    "service-failed": "The host's own service behind a tool gave no answer that can be handed on.",
    "service-timed-out": "The host's own service behind a tool took too long.",
    "oauth-credential-in-use": "A webhook still uses the OAuth connection.",
    "space-archived": "The space is archived: nothing can be sent to it or changed in it.",
    "too-large": "The body is larger than this call takes.",
    "too-many-requests": "Wait as long as Retry-After says.",
    "too-slow": "The body did not come within 20 seconds, and a second more for each 64 KiB.",
    "unauthorized": "There is no usable key in the header Authorization.",
    "unavailable": "The database does not answer. Nothing was stored; send it again after Retry-After.",
    "unconfirmed": "The receiver must follow the confirmation link first.",
    "unusable-characters": "The request holds something that cannot be stored, such as NUL.",
    "validation": "Fields need another value: `errors` says which and what to write.",
    "webhook-deleted": "The webhook was deleted, so nothing can be sent through it.",
    "webhook-not-on": "The webhook is not on; turn it on first, then resend.",
}

log = structlog.get_logger(__name__)


class Problem(Exception):
    """An answer that is no success. `kind` is the stable word of its type; `more` are further members."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def response(self) -> Response:
        """The answer."""
        body = {
            "type": f"/problems/{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        return Response(as_json(body), self.status, self.headers, mimetype=MEDIA_TYPE)


def answer_to(error: Exception) -> Response:
    """The problem for whatever went wrong."""
    return _problem_of(error).response()


def unprocessable(errors: Sequence[FieldError]) -> Problem:
    """422 with a sentence for each field."""
    listed = [{"field": e.field, "message": e.message} for e in errors]
    detail = errors[0].message if len(errors) == 1 else _("%(n)s fields need another value.", n=len(errors))
    return Problem(422, "validation", _("The request cannot be used as it is"), detail, errors=listed)


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case Invalid():
            return unprocessable(error.errors)
        case NotFound():
            return not_found()
        case Conflict():
            kind = error.kind.replace("_", "-")
            return Problem(409, kind, _("This clashes with what is there"), error.message)
        case HTTPException():
            return _http(error)
        case DataError():
            return Problem(
                400,
                "unusable-characters",
                _("The request holds something that cannot be stored"),
                _("Leave out NUL characters and numbers beyond 64 bits outside of data."),
            )
        case OperationalError():
            return _ours(error, 503, "unavailable", _("The database does not answer. Send it again soon."))
    return _ours(error, 500, "internal", _("Something went wrong on our side. Nothing was half done."))


def not_found() -> Problem:
    """404: not there, or of another space, which is the same to the caller."""
    return Problem(404, "not-found", _("There is no such thing"), _("Nothing with this id is in this space."))


def _http(error: HTTPException) -> Problem:
    status = error.code or 500
    if status >= 500:
        return _ours(error, 500, "internal", _("Something went wrong on our side."))
    if status == 413:
        drain(request.environ)
    say = _SENTENCES.get(status)
    kind, title, detail = say() if say else ("bad-request", _("This request cannot be read"), "")
    passed_on = ("Allow", "Retry-After")
    headers = {n: v for n, v in error.get_headers(request.environ) if n in passed_on}
    return Problem(status, kind, title, detail or HTTPStatus(status).phrase, headers)


def _ours(error: Exception, status: int, kind: str, detail: str) -> Problem:
    """Our fault: logged under a reference that the caller can tell us."""
    reference = secrets.token_hex(4)
    log.error("API request failed", reference=reference, path=loggable_path(), exc_info=error)
    headers = {"Retry-After": RETRY_AFTER_S} if status == 503 else {}
    return Problem(status, kind, _("Our fault"), detail, headers, reference=reference)


_SENTENCES = {
    404: lambda: ("not-found", _("There is no such address"), _("Look at /api/docs for what there is.")),
    405: lambda: (
        "method-not-allowed",
        _("This address has no such method"),
        _("The header Allow names the methods it has."),
    ),
    408: lambda: (
        "too-slow",
        _("The request came too slowly"),
        _("Send the whole body without long pauses."),
    ),
    413: lambda: ("too-large", _("The request is too large"), _("Send less at once.")),
    415: lambda: (
        "not-json",
        _("This is not sent as JSON"),
        _("Send JSON with the header Content-Type: application/json."),
    ),
    429: lambda: ("too-many-requests", _("Too many requests"), _("Wait as long as Retry-After says.")),
}
