"""Answers as S1 writes them: `status` is ok or error; an error has a code, a message and maybe details.

They travel with HTTP status 200, also errors, because programs written for S1 look into the body. What S1
names no code for (a bad token, an outage) carries the HTTP status, in both places.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import request
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.api.answers import answer

UNKNOWN_ACTION = 1
WRONG_HASH = 2
WRONG_PARAMETER = 10
TEST_FAILED = 11

# The words of S1 for programs, not for people: they are not translated.
SENTENCES: dict[int, str] = {
    UNKNOWN_ACTION: "Action is missed or invalid",
    WRONG_HASH: "Action hash is missed or invalid",
    WRONG_PARAMETER: "Field is invalid",
    TEST_FAILED: "Url should respond 200 HTTP_CODE and JSON {status:OK}",
}
REQUIRED = "Field is required"
NO_WEBHOOK = "WebHook not found"

log = structlog.get_logger(__name__)


class ActionRefused(Exception):
    """An action that is not done. `http_status` other than 200 only where S1 has no code of its own."""

    def __init__(
        self,
        code: int,
        message: str | None = None,
        details: str | None = None,
        http_status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code
        self.message = message or SENTENCES[code]
        self.details = details
        self.http_status = http_status
        self.headers = headers
        super().__init__(self.message)

    def response(self) -> Response:
        """The answer."""
        body: dict[str, Any] = {"status": "error", "status_code": self.code, "message": self.message}
        if self.details is not None:
            body["message_details"] = self.details
        return answer(body, self.http_status, self.headers)


def done(**more: Any) -> Response:
    """The answer to an action that was done."""
    return answer({"status": "ok", **more})


def answer_to(error: Exception) -> Response:
    """The answer to whatever went wrong."""
    match error:
        case ActionRefused():
            return error.response()
        case DataError():
            return ActionRefused(WRONG_PARAMETER, details="Leave out NUL characters.").response()
        case OperationalError():
            return _ours(error, 503)
        case HTTPException(code=int(status)) if status < 500:
            passed_on = ("Allow", "Location", "Retry-After")
            headers = {name: v for name, v in error.get_headers(request.environ) if name in passed_on}
            return ActionRefused(status, HTTPStatus(status).phrase, None, status, headers).response()
    return _ours(error, 500)


def _ours(error: Exception, status: int) -> Response:
    """Our fault: logged under a reference, without the query, which may hold a password."""
    reference = secrets.token_hex(4)
    log.error("action API request failed", reference=reference, path=request.path, exc_info=error)
    headers = {"Retry-After": "5"} if status == 503 else {}
    return ActionRefused(
        status, HTTPStatus(status).phrase, f"Reference {reference}", status, headers
    ).response()
