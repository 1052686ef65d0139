"""Answers that clients may ask for in thousands, such as to a body that does not come: made once for each face."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from app.core.route_policy import claimed_prefixes
from app.front.bridge import WholeAnswer, error_answer

ELSEWHERE = "/"


class SaidToMany:
    """What each face says to an error; pages in the language of those who asked for none."""

    def __init__(self, app: Flask, error: HTTPException) -> None:
        self._answers = [
            (prefix, _made(app, prefix, error)) for prefix in (*claimed_prefixes(app), ELSEWHERE)
        ]

    def answer(self, path: str) -> WholeAnswer:
        """The answer to a request for this path."""
        return next(
            answer for prefix, answer in self._answers if path.startswith(prefix) or prefix == ELSEWHERE
        )


def _made(app: Flask, prefix: str, error: HTTPException) -> WholeAnswer:
    """Nobody's in particular: it sets no cookie."""
    with app.test_request_context(prefix):
        made = error_answer(app, request.environ, error)
    return made._replace(headers=[(name, value) for name, value in made.headers if name != b"set-cookie"])
