"""What a caller gets when a call comes to nothing, and what the log says of it."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.problems import Problem, answer_to, not_found
from app.services.incoming.admission import ADDRESS_ENDED, NotAdmitted, TooFast
from app.services.incoming.own_services import ServiceFailed
from app.services.incoming.sources.signatures import MISSING, STALE, NotProved

# The article's answer to a missing right, word for word (S0).
DENIED = {"errors": {"text": ["Access is denied!"]}, "status": True}


@dataclass(frozen=True, slots=True)
class IncomingRefusal:
    """An answer, and the words for the log: why, as one stable word, and what was said."""

    response: Response
    reason: str
    detail: str | None = None


def refusal_of(error: Exception) -> IncomingRefusal:
    """The answer to whatever went wrong."""
    match error:
        case TooFast():
            return IncomingRefusal(_too_fast(error.retry_after_s).response(), error.reason)
        case NotAdmitted() if error.reason == ADDRESS_ENDED:
            return IncomingRefusal(not_found().response(), error.reason)
        case NotAdmitted():
            return IncomingRefusal(answer(DENIED, 403), error.reason)
        case NotProved():
            return _told(_not_proved(error).response(), f"signature_{error.reason}")
        case ServiceFailed():
            return _told(_service_failed(error).response(), error.reason)
    response = answer_to(error)
    return _told(response, _kind(response).replace("-", "_"))


def _told(response: Response, reason: str) -> IncomingRefusal:
    said = orjson.loads(response.get_data())
    errors = [f"{one['field']}: {one['message']}" for one in said.get("errors", ()) if one.get("field")]
    return IncomingRefusal(response, reason, "\n".join(errors[:10]) or said.get("detail"))


def _kind(response: Response) -> str:
    return str(orjson.loads(response.get_data())["type"]).rpartition("/")[2]


def _too_fast(seconds: int) -> Problem:
    said = _("This address is called too often. Wait %(seconds)s seconds.", seconds=seconds)
    headers = {"Retry-After": str(seconds)}
    return Problem(429, "too-many-requests", _("Too many requests"), said, headers)


def _not_proved(error: NotProved) -> Problem:
    if error.reason == MISSING:
        said = _("The message carries no signature that can be read.")
    elif error.reason == STALE:
        said = _("The message was signed more than five minutes ago, or its clock is wrong.")
    else:
        said = _("The signature does not fit the message and the secret that is stored here.")
    return Problem(401, "not-signed", _("The sender is not proved"), said)


def _service_failed(error: ServiceFailed) -> Problem:
    title = _("The service behind this tool did not answer as it should")
    if error.timed_out:
        said = _("It took too long. It may still have done what was asked.")
        return Problem(504, "service-timed-out", title, said)
    said = _("It could not be reached, or its answer was too large or was not JSON.")
    return Problem(502, "service-failed", title, said)
