"""What a space's new webhooks start with. Webhooks that are there already never change by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core.errors import NotFound
from app.core.extensions import db
from app.core.transaction import transaction
from app.core.validation import check
from app.models import Space
from app.services.webhooks import changes
from app.services.webhooks.sending import Sending
from app.services.webhooks.settings import laid_over


def defaults_of(space_id: str) -> dict[str, Any]:
    """The defaults of a space, in the shape of `Sending`."""
    chosen = db.session.scalar(select(Space.webhook_defaults).where(Space.id == space_id))
    return _complete(chosen)


def change_defaults(space_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Change the defaults that `data` names; returns all. Raises `Invalid` or `NotFound`."""
    with transaction() as session:
        space = session.get(Space, space_id, populate_existing=True, with_for_update=True)
        if space is None:
            raise NotFound
        before = _complete(space.webhook_defaults)
        after = check(Sending, laid_over(before, data)).model_dump()
        space.webhook_defaults = after
        changes.record_defaults(session, space_id, before, after)
    return after


def with_defaults(space_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new webhook: those of `data`, and the space's where it names none."""
    return laid_over(defaults_of(space_id), data)


def _complete(chosen: Mapping[str, Any] | None) -> dict[str, Any]:
    """Settings that came after the space chose stand as the program has them."""
    return {**Sending().model_dump(), **(chosen or {})}
