"""`/events/v1/{type}`: what other systems send, read and handed on (D7)."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.body import read_object
from app.api.problems import Problem
from app.api.shapes import published_out
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.transaction import transaction
from app.services.incoming.calls import ArrivedCall, note_call
from app.services.incoming.rights import Caller
from app.services.incoming.sources.mapping import FORM, read_form
from app.services.incoming.sources.receiving import Proved, SourceOutcome, prove, receive, repeated
from app.services.incoming.sources.signatures import SourceMessage


def receive_event(caller: Caller, call: ArrivedCall, key: str) -> Response:
    """Take one message in. Raises `NotFound`, `NotProved`, `Invalid`, and what reading a body raises."""
    body = request.get_data(cache=True)
    headers = {name.lower(): value for name, value in request.headers.items()}
    proved = prove(caller.webhook, key, SourceMessage(headers, body), request.headers.get("Idempotency-Key"))
    data = _data(body)
    db.session.commit()  # what was read so far ends here: nothing is locked before the data is at hand
    received = _received(caller, call, proved, data)
    return _answer(received)


def _received(caller: Caller, call: ArrivedCall, proved: Proved, data: dict[str, Any]) -> SourceOutcome:
    try:
        with transaction() as session:
            received = receive(session, caller.webhook, proved, data)
            note_call(session, caller.webhook.id, call, _status(received))
    except Conflict as clash:
        received = repeated(caller.webhook, proved, data, clash)
        with transaction() as session:
            note_call(session, caller.webhook.id, call, _status(received))
    return received


def _data(body: bytes) -> dict[str, Any]:
    if request.mimetype != FORM:
        return read_object()
    try:
        return read_form(body)
    except ValueError:
        said = _("The form cannot be read.")
        raise Problem(400, "broken-json", _("The body cannot be read"), said) from None


def _status(received: SourceOutcome) -> int:
    return 200 if received.challenge is not None or received.duplicate else 202


def _answer(received: SourceOutcome) -> Response:
    status = _status(received)
    if received.challenge is not None:
        return answer({"challenge": received.challenge}, status)
    if received.event is None:
        said = _("The message was kept as a sample. Choose in Hookdesk which event it becomes.")
        return answer({"status": "kept", "detail": said}, status)
    return answer({**published_out(received.event), "duplicate": received.duplicate}, status)
