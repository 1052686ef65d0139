"""A delivery as text that an admin sends to the receiver's developer. What is kept is masked already."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from app.models import Attempt
from app.queries.deliveries.detail import AttemptView, DeliveryDetail
from app.queries.deliveries.explanations import read_headers
from app.sending.failures.reasons import THEY
from app.sending.message.masking import mask_url
from app.web.deliveries.bodies import pretty, visible
from app.web.times import machine
from app.web.words import answer_words, delivery_badge, milliseconds

LONGEST_BODY = 4000


def hand_over_text(detail: DeliveryDetail) -> str:
    """What we sent and what came back at the newest try, and one line for each attempt."""
    return visible("\n".join(_lines(detail)))


def _lines(detail: DeliveryDetail) -> Iterator[str]:
    delivery = detail.delivery
    yield _("Event %(id)s (%(type)s)", id=delivery.event_id, type=delivery.event_type)
    yield _("Status: %(status)s", status=delivery_badge(delivery).text)
    if detail.explanation:
        yield detail.explanation.what
        if detail.explanation.quote:
            yield _("They said: “%(quote)s”", quote=detail.explanation.quote)
        if detail.explanation.who == THEY:
            yield _("What to do: %(step)s", step=detail.explanation.next)
    yield ""
    yield _("Tries")
    yield from (_attempt_line(each) for each in reversed(detail.attempts))
    yield ""
    yield _(
        "Every try and every resend of this event has the same webhook-id, so a repeat can be recognised."
    )
    yield _("Passwords and keys are masked.")
    if detail.attempts:
        yield from _exchange(detail.attempts[0].attempt)


def _attempt_line(each: AttemptView) -> str:
    attempt = each.attempt
    answer = answer_words(attempt.status, attempt.reason) or _("no answer")
    return f"{attempt.number}. {machine(attempt.started_at)}  {answer}  {milliseconds(attempt.duration_us)}"


def _exchange(attempt: Attempt) -> Iterator[str]:
    yield ""
    yield _("What we sent")
    yield f"{attempt.method} {mask_url(attempt.url)}"
    yield from (f"{name}: {value}" for name, value in read_headers(attempt.request_headers))
    yield ""
    yield _shortened(pretty(attempt.request_body))
    if attempt.status is not None:
        yield ""
        yield _("What came back: %(answer)s", answer=answer_words(attempt.status, None))
        yield from (f"{name}: {value}" for name, value in read_headers(attempt.response_headers))
        yield ""
        yield _shortened(pretty(attempt.response_body, read_headers(attempt.response_headers)))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + " …"
