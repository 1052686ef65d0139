"""What a use case raises when it will not do what was asked. Each face renders these in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; `message` is a translated sentence that says what to type.

    `field` is dotted for nested values: `auth.username`, `headers.X-Team`. Empty: the whole request.
    """

    field: str
    message: str


class ServiceError(Exception):
    """The root of them."""


class NotFound(ServiceError):
    """No such thing in this space (also: it is another space's)."""


class Invalid(ServiceError):
    """Input that cannot be used: 422 with the sentences beside their fields. Nothing was stored."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = list(errors)


class Conflict(ServiceError):
    """It clashes with what is there: 409 with one sentence; `kind` is a stable word for programs."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
