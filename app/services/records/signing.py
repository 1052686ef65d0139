"""A party signs a document now (S4). Signed by all, it is signed: the rule stands in the catalogue."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.errors import FieldError, Invalid
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Record
from app.services.records.finding import kind_named, live_record
from app.services.records.saving import update
from app.services.records.shape import time_shown


def sign(space_id: str, kind: str, id: str | int, signer: str | int) -> Record:
    """Sign for a party. signer: their place in the list of parties, from 0.

    Raises `NotFound`, `Invalid` (no such party, signed already, a kind that nobody signs).
    """
    found = kind_named(kind)
    name = next((n for n, field in found.fields.items() if field.signed_by_button), None)
    if name is None:
        raise Invalid([FieldError("signer", _("Nobody signs records of this kind."))])
    with transaction() as session:
        rows = live_record(session, space_id, kind, id, lock=True).values.get(name, [])
        place = (
            int(signer) if str(signer).isascii() and str(signer).isdigit() and len(str(signer)) < 5 else -1
        )
        if not 0 <= place < len(rows):
            raise Invalid([FieldError("signer", _("There is no such party. Load the page again."))])
        if rows[place].get("signed_at"):
            raise Invalid([FieldError("signer", _("%(name)s signed already.", name=rows[place]["name"]))])
        rows[place] = {**rows[place], "signed_at": time_shown(utc_now(), "moment")}
        return update(space_id, kind, id, {name: rows})
