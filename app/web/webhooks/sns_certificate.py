"""The certificate by which receivers of the format `sns` verify that a message is from us."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core.errors import NotFound
from app.services.sender_identity import certificate as certificate_of
from app.web.permissions import public

bp = Blueprint("sns", __name__, url_prefix="/sns")

LONGEST_ID = 40


@bp.get("/SimpleNotificationService-<key_id>.pem")
@public
def certificate(key_id: str) -> Response:
    """The certificate in PEM (`app.sending.message.sns.certificate_path`)."""
    pem = certificate_of(key_id) if len(key_id) <= LONGEST_ID else None
    if pem is None:
        raise NotFound
    return Response(pem, mimetype="application/x-pem-file")
