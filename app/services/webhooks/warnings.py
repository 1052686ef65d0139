"""What is odd about settings, though it can be stored: said, not refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from app.catalogue import Catalogue
from app.core.errors import FieldError
from app.models import Webhook
from app.models.condition import has_field
from app.services.event_types import catalogue_of


def warnings_of(webhook: Webhook) -> list[FieldError]:
    """What is odd about a webhook's settings, field by field."""
    if not webhook.conditions:
        return []
    fields = [condition["field"] for condition in webhook.conditions]
    return unknown_fields(fields, samples_of(catalogue_of(webhook.space_id), webhook.events))


def samples_of(catalogue: Catalogue, events: Iterable[str]) -> list[Any]:
    """The samples of these events."""
    return [known.sample for key in events if (known := catalogue.get(key))]


def unknown_fields(fields: Sequence[str], samples: Sequence[Any]) -> list[FieldError]:
    """A sentence for each condition on a field that none of these samples has."""
    return [
        FieldError(
            f"conditions.{number}.field",
            _("No sample of these events has a field “%(field)s”. Check its name.", field=field),
        )
        for number, field in enumerate(fields)
        if field and samples and not any(has_field(sample, field) for sample in samples)
    ]
