"""What the documentation says of a route, declared on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.route_policy import View
from app.core.validation import Schema


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: a summary, its query parameters, body and answer, and the statuses it may fail with.

    `answer` None: no body. `listed`: the answer is a page of them. `partial`: any part of the body will do.
    `also`: further statuses of success. `media`: the answer is one of these, and no JSON.
    `headers`: request headers it reads, with what they are for. `rate_limited`: a key may call it only so often.
    """

    summary: str
    tag: str
    status: int = 200
    also: tuple[int, ...] = ()
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    answer: Any = None
    listed: bool = False
    media: tuple[str, ...] = ()
    fails: tuple[int, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body_optional: bool = False
    partial: bool = False
    rate_limited: bool = True


def documented(tag: str, summary: str, **what: Any) -> Callable[[View], View]:
    """Attach an `Operation` to a view."""
    operation = Operation(summary=summary, tag=tag, **what)

    def mark(view: View) -> View:
        view.operation = operation  # type: ignore[attr-defined]
        return view

    return mark
