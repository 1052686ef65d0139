"""Every call of an incoming webhook: who, whether, what, and a line in its log."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

import structlog
from flask import Blueprint, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.body import SETTINGS_BYTES, read_object
from app.api.incoming.events import receive_event
from app.api.incoming.refusals import refusal_of
from app.api.problems import not_found
from app.core.acting import act_as
from app.core.extensions import csrf, db
from app.core.route_policy import INCOMING, PUBLIC, declare
from app.core.transaction import transaction
from app.models.incoming_webhook import METHODS
from app.models.own_service import OwnService
from app.services.incoming import own_services, record_calls
from app.services.incoming.admission import admit, allow, keep_rate
from app.services.incoming.calls import ArrivedCall, note_call, note_refused
from app.services.incoming.record_calls import CallInput, RecordAnswer, RecordPath
from app.services.incoming.rights import Caller, actor_of, caller_with
from app.services.incoming.tools import EVENTS, tool_at

WITH_BODY = ("POST", "PUT", "PATCH")
# In the environment of a call that the front has counted already.
RATE_KEPT = "hookdesk.rate_kept"

bp = Blueprint("incoming_door", __name__, url_prefix=INCOMING.rstrip("/"))
csrf.exempt(bp)

log = structlog.get_logger(__name__)


@bp.route("/<token>", defaults={"path": ""}, methods=METHODS)
@bp.route("/<token>/<path:path>", methods=METHODS)
@declare(PUBLIC)
def call(token: str, path: str) -> Response:
    """One call. An unknown address is answered like a wrong one, by the same way and in the same time."""
    caller = caller_with(token, path.partition("/")[0])
    if caller is None:
        return not_found().response()
    last_used_at = caller.webhook.last_used_at
    made = ArrivedCall(request.remote_addr or "", request.method, f"/{path}", last_used_at)
    try:
        return _served(caller, made, path)
    except Exception as error:  # noqa: BLE001 (each has its answer, and all are logged)
        return _refused(caller, made, error)


def _served(caller: Caller, made: ArrivedCall, path: str) -> Response:
    if RATE_KEPT not in request.environ:
        keep_rate(caller)
    admit(caller, made.from_address)
    tool, rest = tool_at(path)
    method = "GET" if request.method == "HEAD" else request.method
    request.max_content_length = SETTINGS_BYTES
    act_as(actor_of(caller, made.from_address))
    if tool.key == EVENTS:
        _only(("POST",), method)
        allow(caller, tool, method)
        return receive_event(caller, made, rest)
    if caller.service is not None:
        allow(caller, tool, method)
        return _passed_on(caller.service, caller, made, method)
    place = record_calls.place_at(tool.key, rest)
    _only(place.methods, method)
    allow(caller, tool, method)
    return _from_records(caller, made, place, method)


def _only(methods: tuple[str, ...], method: str) -> None:
    if method not in methods:
        raise MethodNotAllowed(valid_methods=list(methods))


def _from_records(caller: Caller, made: ArrivedCall, place: RecordPath, method: str) -> Response:
    webhook_id, space_id = caller.webhook.id, caller.webhook.space_id
    given = CallInput(request.args.to_dict(), read_object() if method in WITH_BODY else {})
    if method == "GET":
        answered = record_calls.serve(space_id, place, method, given)
        _note(webhook_id, made, answered.status)
    else:
        with transaction() as session:
            answered = record_calls.serve(space_id, place, method, given)
            note_call(session, webhook_id, made, answered.status)
    return _written(answered)


def _written(answered: RecordAnswer) -> Response:
    return (
        Response(status=answered.status) if answered.body is None else answer(answered.body, answered.status)
    )


def _passed_on(service: OwnService, caller: Caller, made: ArrivedCall, method: str) -> Response:
    path, webhook_id = _path_and_query(made), caller.webhook.id
    passed = own_services.pass_on(service, caller, method, path, dict(request.headers), request.get_data())
    _note(webhook_id, made, passed.status)
    return Response(passed.body, passed.status, mimetype=passed.media_type or None)


def _path_and_query(made: ArrivedCall) -> str:
    query = request.query_string.decode("latin-1")
    path = quote(made.path, safe="/:@!$&'()*+,;=~-._")
    return f"{path}?{query}" if query else path


def _note(webhook_id: str, made: ArrivedCall, status: int) -> None:
    with transaction() as session:
        note_call(session, webhook_id, made, status)


def _refused(caller: Caller, made: ArrivedCall, error: Exception) -> Response:
    """The answer, after it was logged; the database being away must not take the answer with it."""
    with suppress(SQLAlchemyError):
        db.session.rollback()
    refusal = refusal_of(error)
    try:
        note_refused(caller.webhook.id, made, refusal.response.status_code, refusal.reason, refusal.detail)
    except SQLAlchemyError as failed:
        log.error("An incoming call was not logged", status=refusal.response.status_code, exc_info=failed)
    return refusal.response
