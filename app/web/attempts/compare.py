"""Two tries side by side: what worked and what did not, differences marked (C9)."""

from __future__ import annotations

import re

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.models import Attempt
from app.models.permission import VIEW_WEBHOOKS
from app.queries.attempts import comparing
from app.queries.attempts.pairs import Pair, choices, chosen_pair, success_and_failure, with_success_before
from app.queries.incidents import get_incident, open_incidents_of
from app.queries.webhooks.listing import get_webhook
from app.web import times, words
from app.web.addresses import takes
from app.web.attempts.blueprint import bp
from app.web.deliveries import bodies
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page

_ID = re.compile(r"att_[0-9a-f]{12,36}")


@bp.get("/compare")
@requires(VIEW_WEBHOOKS)
@takes("left", "right", "incident")
def compare(webhook_id: str) -> Response:
    """`left` and `right` choose tries; without a left one it is the last success before the right one.

    `incident`: the first failure of that one is meant; else of the one that is open, or the newest failure.
    """
    webhook = get_webhook(current_space_id(), webhook_id)
    pair = _pair(webhook.space_id, webhook.id)
    left, right = pair.left, pair.right
    return render_page(
        "attempts/compare.html",
        webhook=webhook,
        left=left,
        right=right,
        facts=_facts(left, right),
        phases=comparing.phases(left, right),
        longest=max([1, *(one.duration_us for one in (left, right) if one)]),
        sent=comparing.header_rows(*_kept(pair, "request_headers")),
        answered=comparing.header_rows(*_kept(pair, "response_headers")),
        sent_body=comparing.lines(*map(bodies.pretty, _kept(pair, "request_body"))),
        answer_body=comparing.lines(*map(bodies.pretty, _kept(pair, "response_body"))),
        choices=choices(webhook.id),
    )


def attempt_choice(attempt: Attempt) -> str:
    """A try in a list to choose from."""
    answer = words.answer_words(attempt.status, attempt.reason) or _("no answer")
    return f"{times.absolute(attempt.started_at)} · {answer}"


def _pair(space_id: str, webhook_id: str) -> Pair:
    left, right = (_chosen(name) for name in ("left", "right"))
    if left and right:
        return chosen_pair(space_id, webhook_id, left, right)
    if right:
        return with_success_before(space_id, webhook_id, right)
    named = request.args.get("incident")
    incident = get_incident(space_id, named) if named else open_incidents_of([webhook_id]).get(webhook_id)
    return success_and_failure(space_id, webhook_id, incident)


def _chosen(name: str) -> str | None:
    value = request.args.get(name, "")
    return value if _ID.fullmatch(value) else None


def _facts(left: Attempt | None, right: Attempt | None) -> list[comparing.Row]:
    """Method, address, answer, how long: what is said in a line each."""
    told = {
        _("Result"): lambda one: str(words.attempt_badge(one).text),
        _("Answer"): lambda one: words.answer_words(one.status, one.reason) or _("no answer"),
        _("Method"): lambda one: one.method,
        _("Address"): lambda one: one.url,
    }
    rows = []
    for name, tell in told.items():
        a, b = (tell(one) if one else None for one in (left, right))
        rows.append(comparing.Row(name, a, b, a != b))
    return rows


def _kept(pair: Pair, column: str) -> tuple[bytes | None, bytes | None]:
    """What is kept of both in a column."""
    return getattr(pair.left, column, None), getattr(pair.right, column, None)
