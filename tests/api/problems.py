"""What every problem must look like."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from app.api.problems import KINDS


def problem(answer: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """The body of a problem, after checking that it is one by RFC 9457, of that status and kind."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body = answer.json
    assert body is not None
    assert body["status"] == status
    assert body["type"] == f"/problems/{kind}"
    assert kind in KINDS
    assert body["title"]
    assert body["detail"]
    return dict(body)


def fields(answer: TestResponse) -> dict[str, str]:
    """The sentences of a 422 by their fields."""
    return {e["field"]: e["message"] for e in problem(answer, 422, "validation")["errors"]}
