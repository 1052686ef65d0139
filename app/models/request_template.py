"""Request template: what all requests of a webhook's settings have in common, kept once, not with every attempt."""

from __future__ import annotations

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, PrimaryId


class RequestTemplate(Base):
    """Method, address, headers and format. Never changed: its id is made of its content.

    With the event, the time and the signature of an attempt it gives back what was sent, byte for byte, also
    after the webhook was edited or deleted (`app.sending.request template`). `headers` is a JSON list of
    [name, value], secrets masked, null for the values that differ from try to try. `format` is the text of
    a `Layout` (`app.sending.message.layout`): for most webhooks the format's name.
    """

    __tablename__ = "request_template"

    id: Mapped[PrimaryId]
    method: Mapped[str] = mapped_column(String(8))
    url: Mapped[str] = mapped_column(Text)
    headers: Mapped[bytes] = mapped_column(LargeBinary)
    format: Mapped[str] = mapped_column(Text)
