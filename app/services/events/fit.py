"""Data that does not fit the JSON Schema of its event type: marked, or refused where the space wants that.

Only the space's own types are checked: the schemas of the shipped ones describe samples, and bind nobody.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.audit.actions import EDITED
from app.audit.differences import detail
from app.audit.subject import SPACE, Subject
from app.catalogue import EventType
from app.catalogue.errors import Fault
from app.catalogue.schema import TooMuchToCheck, disagreements
from app.core.errors import FieldError, NotFound
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import Space
from app.services.auditing import note

# Comparisons of values with rules of the schema; about 0.2 s of work.
MOST_CHECKS = 200_000
LONGEST_FAULT = 500


def fault_of(event_type: EventType, data: dict[str, Any]) -> Fault | None:
    """Where the data breaks the schema of its type first, if it does. Call it while nothing is locked."""
    if event_type.json_schema is None:
        return None
    try:
        return next(disagreements(event_type.json_schema, data, budget=[MOST_CHECKS]), None)
    except TooMuchToCheck:
        return Fault("", _("The data has more values than are checked against its schema."))


def field_error(fault: Fault) -> FieldError:
    """The fault as a field of the event: `data.customer.id`."""
    return FieldError(f"data.{fault.place}" if fault.place else "data", fault.sentence)


def as_kept(error: FieldError) -> str:
    """As it is kept with the event, and shown."""
    return f"{error.field}: {error.message}"[:LONGEST_FAULT]


def refuses_unfit_data(space_id: str) -> bool:
    """True if the space refuses data that does not fit."""
    return bool(db.session.scalar(select(Space.refuse_unfit_data).where(Space.id == space_id)))


def set_refusing(space_id: str, refuse: bool) -> None:
    """Choose between refusing and marking. Raises `NotFound`."""
    with transaction() as session:
        space = session.get(Space, space_id, populate_existing=True, with_for_update=True)
        if space is None:
            raise NotFound
        if space.refuse_unfit_data != refuse:
            changed = [detail("space.refuse_unfit_data", space.refuse_unfit_data, refuse)]
            note(session, space_id, EDITED, Subject(SPACE, space_id), changed)
        space.refuse_unfit_data = refuse
