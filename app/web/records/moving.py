"""What is one press of a button: another stage, a signature, delete, undo."""

from __future__ import annotations

from flask import flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.catalogue import RecordKind
from app.core.errors import Conflict, Invalid
from app.services import records
from app.web.addresses import takes
from app.web.permissions import current_space_id
from app.web.records import words
from app.web.records.blueprint import managing, record_url
from app.web.rendering import go_to, render_page


@managing("/<record_id>/stage", "move")
def move(kind: RecordKind, record_id: str) -> Response:
    """Move to another stage, and back to the page that the button stands on."""
    stage = request.form.get("stage", "")
    records.get(current_space_id(), kind.key, record_id)
    try:
        records.move_stage(current_space_id(), kind.key, record_id, stage)
        flash(_("Moved to “%(stage)s”.", stage=words.stage_title(kind, stage)), "success")
    except Invalid as wrong:
        flash(wrong.errors[0].message, "error")
    if request.form.get("back") == "board":
        return go_to(record_url("board", kind))
    return go_to(record_url("show", kind, record_id=record_id))


@managing("/<record_id>/sign", "sign")
def sign(kind: RecordKind, record_id: str) -> Response:
    """A party signs now. Signed by all, the document is signed."""
    records.get(current_space_id(), kind.key, record_id)
    try:
        signed = records.sign(current_space_id(), kind.key, record_id, request.form.get("signer", ""))
        all_signed = signed.values.get("status") == "signed"
        flash(_("Signed by all parties.") if all_signed else _("Signed."), "success")
    except Invalid as wrong:
        flash(wrong.errors[0].message, "error")
    return go_to(record_url("show", kind, record_id=record_id))


@managing("/<record_id>/delete", "ask_delete", "GET")
@takes()
def ask_delete(kind: RecordKind, record_id: str) -> Response:
    """Ask before deleting."""
    record = records.get(current_space_id(), kind.key, record_id)
    return render_page("records/ask_delete.html", kind=kind, record=record)


@managing("/<record_id>/delete", "delete")
def delete(kind: RecordKind, record_id: str) -> Response:
    """Delete, and show where it can be undone."""
    version = request.form.get("version", "")
    try:
        records.delete(
            current_space_id(), kind.key, record_id, version=int(version[:9]) if version.isdigit() else None
        )
    except Conflict as changed:
        flash(changed.message, "error")
    return go_to(record_url("show", kind, record_id=record_id))


@managing("/<record_id>/restore", "restore")
def restore(kind: RecordKind, record_id: str) -> Response:
    """Undo a deletion."""
    records.restore(current_space_id(), kind.key, record_id)
    flash(_("Restored."), "success")
    return go_to(record_url("show", kind, record_id=record_id))
