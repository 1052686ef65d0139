"""What the space does with data that does not fit the schema of its own event type."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.core.validation import Schema, check
from app.services.events.fit import refuses_unfit_data, set_refusing


class EventSettings(Schema):
    """`mark`: the event is stored and sent, and says in `data_fault` where it does not fit. `refuse`: 422."""

    unfit_data: Literal["mark", "refuse"]


class EventSettingsOut(TypedDict):
    """The choice of the space."""

    unfit_data: Literal["mark", "refuse"]


@bp.get("/v1/event-settings")
@scope("webhooks:read")
@documented("Event types", "Read what happens to data that does not fit its schema", answer=EventSettingsOut)
def show_event_settings() -> Response:
    """The choice of the space."""
    return answer({"unfit_data": "refuse" if refuses_unfit_data(space_id()) else "mark"})


@bp.patch("/v1/event-settings")
@scope("webhooks:write")
@documented(
    "Event types",
    "Choose what happens to data that does not fit its schema",
    body=EventSettings,
    answer=EventSettingsOut,
)
def change_event_settings() -> Response:
    """Choose."""
    chosen = check(EventSettings, read_object())
    set_refusing(space_id(), chosen.unfit_data == "refuse")
    return answer({"unfit_data": chosen.unfit_data})
