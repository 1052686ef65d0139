"""`Idempotency-Key` on every POST: the same call again is answered the same, and done once.

Publishing has its own (`services.events`), which lasts as long as the event. PUT, PATCH and DELETE need none.
"""

from __future__ import annotations

import hashlib

from flask import current_app, g, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.api import authentication  # noqa: F401  who calls is known before this looks at the body
from app.api.authentication import space_id
from app.api.blueprint import bp
from app.api.body import SETTINGS_BYTES
from app.api.operation import Operation
from app.core.errors import FieldError, Invalid
from app.services import idempotency
from app.services.idempotency import KeyedCall, RememberedAnswer

KEY_HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
KEY_HELP = "Any text up to 255 characters. For 24 hours the same key and body get the same answer, and it is done once"


def takes_key(operation: Operation, method: str) -> bool:
    """True for a call whose answers are remembered here; one that documents the header itself does it itself."""
    return method == "POST" and not any(name == KEY_HEADER for name, _help in operation.headers)


@bp.before_request
def replay() -> Response | None:
    """The answer of before, if there is one. Raises `Invalid` for a key that cannot be kept, `Conflict`."""
    key = request.headers.get(KEY_HEADER)
    operation: Operation | None = getattr(
        current_app.view_functions[str(request.endpoint)], "operation", None
    )
    if key is None or operation is None or not takes_key(operation, request.method):
        return None
    if not 0 < len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        said = _(
            "Use 1 to %(n)s letters, digits and marks of ASCII in the header Idempotency-Key.", n=LONGEST_KEY
        )
        raise Invalid([FieldError("idempotency_key", said)])
    call = _call(key)
    known = idempotency.begin(call)
    if known is None:
        g.idempotent_call = call
        return None
    headers = {REPLAYED: "true", **({"Location": known.location} if known.location else {})}
    return Response(known.body, known.status, headers, mimetype="application/json")


@bp.after_request
def remember(response: Response) -> Response:
    """Keep the answer of a call that was done; free the key of one that was refused."""
    call: KeyedCall | None = g.pop("idempotent_call", None)
    if call is None:
        return response
    if response.status_code < 400:
        answer = RememberedAnswer(response.status_code, response.get_data(), response.headers.get("Location"))
        idempotency.finish(call, answer)
    else:
        idempotency.forget(call)
    return response


def _call(key: str) -> KeyedCall:
    request.max_content_length = SETTINGS_BYTES
    asked = request.query_string + b"\0" + request.get_data()
    route = f"{request.method} {request.path}"[:300]
    return KeyedCall(space_id(), route, key, hashlib.sha256(asked).digest())
