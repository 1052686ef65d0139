"""What a change changed, field by field. A secret is bullets before and after, never its value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Stands in place of a secret, wherever one would be shown or kept.
MASK = "••••"

Details = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Settings at one moment: dotted name to value, and the secret ones in the clear.

    It lives in memory only; `differences` tells of a secret that it changed, never what it is.
    """

    shown: Mapping[str, Any]
    secret: Mapping[str, str]


NOTHING = Snapshot({}, {})


def differences(before: Snapshot, after: Snapshot) -> Details:
    """What changed, field by field in the order of the settings."""
    names = dict.fromkeys([*before.shown, *after.shown])
    found = [
        detail(name, before.shown.get(name), after.shown.get(name))
        for name in names
        if before.shown.get(name) != after.shown.get(name)
    ]
    secrets = dict.fromkeys([*before.secret, *after.secret])
    return found + [
        detail(name, _masked(before, name), _masked(after, name), secret=True)
        for name in secrets
        if before.secret.get(name) != after.secret.get(name)
    ]


def detail(field: str, before: Any, after: Any, secret: bool = False) -> dict[str, Any]:
    """One field that changed."""
    return {"field": field, "before": before, "after": after, "secret": secret}


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Nested settings as (dotted name, value)."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _masked(of: Snapshot, name: str) -> str | None:
    return MASK if name in of.secret else None
