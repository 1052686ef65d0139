"""What answers say of what was done to a webhook."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11


class ActorOut(TypedDict):
    """Who did it: a person (by e-mail address), an API key, the command line, the receiver, us, or unknown.

    `portal`: whoever a host product let in; `id` is what it calls them.
    """

    kind: Literal["person", "key", "command", "receiver", "us", "unknown", "portal"]
    id: str | None
    name: str


class FieldChangeOut(TypedDict):
    """A field before and after; of a secret only whether there was one (bullets) or not (null)."""

    field: str
    before: Any
    after: Any
    secret: bool


class ChangeOut(TypedDict):
    """What was done to a webhook: by whom, when, from which network address (empty: from none)."""

    id: str
    kind: str
    at: str
    by: ActorOut
    address: str
    changes: list[FieldChangeOut]
