"""The conditions in the form of a webhook: their rows, and which of the latest events they let through (A6)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.core.validation import check
from app.models.condition import Condition, paths_of
from app.models.role import MANAGE_WEBHOOKS
from app.queries.events.latest import Judged, judge_latest
from app.services.webhooks.schema import ConditionIn
from app.services.webhooks.warnings import samples_of, unknown_fields
from app.web.catalogue import catalogue_here
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.webhooks.blueprint import bp
from app.web.webhooks.form_data import WebhookForm, from_form
from app.web.webhooks.sending_form import split

BLOCKS = {"f-conditions": "conditions", "condition-preview": "preview"}
MOST_SUGGESTIONS = 300


@dataclass(frozen=True, slots=True)
class ConditionHelp:
    """What stands below the conditions. `judged` None: they are not finished, so nothing can be judged."""

    suggestions: list[str]
    warnings: list[FieldError]
    judged: list[Judged] | None

    @property
    def sent(self) -> int:
        """How many of the latest events would have been sent."""
        return sum(one.sent for one in self.judged or ())


@bp.post("/conditions")
@requires(MANAGE_WEBHOOKS)
def conditions() -> Response:
    """For htmx: the conditions with a row more or less, or only what stands below them."""
    values = from_form(request.form)
    return render_page(
        "webhooks/_conditions.html",
        blocks=BLOCKS,
        values=values,
        errors=[],
        may_edit=True,
        help=condition_help(values),
    )


def condition_help(values: WebhookForm) -> ConditionHelp:
    """Fields to choose from, what is odd, and which of the latest events would have been sent."""
    events, catalogue = sorted(values.events), catalogue_here()
    samples = samples_of(catalogue, events)
    suggestions = dict.fromkeys(path for sample in samples for path in paths_of(sample))
    checked = _checked(values)
    judged = None
    if checked is not None:
        known = [key for key in events if key in catalogue]
        judged = judge_latest(current_space_id(), known, split(values["projects"]), checked)
    seen = [one.data for one in judged or () if one.data is not None]
    fields = [row.field for row in values.conditions]
    return ConditionHelp(
        list(suggestions)[:MOST_SUGGESTIONS], unknown_fields(fields, [*samples, *seen]), judged
    )


def _checked(values: WebhookForm) -> list[Condition] | None:
    """The typed conditions; None if there are none, or one cannot be used yet."""
    rows = [row for row in values.conditions if row.field or row.value]
    try:
        typed = [check(ConditionIn, {"field": r.field, "op": r.op, "value": r.value}) for r in rows]
    except Invalid:
        return None
    return [Condition(one.field, one.op, one.value) for one in typed] or None


def op_choices() -> list[tuple[str, str]]:
    """(value, label) of what a condition may ask."""
    return [
        ("is", _("is")),
        ("is_not", _("is not")),
        ("contains", _("contains")),
        ("greater", _("is greater than")),
        ("less", _("is less than")),
    ]


def why_not_words(judged: Judged) -> str:
    """Why an event of the preview would not have been sent, in a few words."""
    return {
        "other_project": _("another project"),
        "condition_not_met": _("the data does not fit"),
        "condition_too_large": _("more values than conditions may look at"),
        "too_large": _("too large to check here"),
    }.get(judged.why_not or "", "")
