"""Needs action by: told once by the face through which a call came, written into every change.

Not an argument of each use case: it belongs to the call as a whole, like the language of its sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

PERSON, KEY, COMMAND, RECEIVER, US = "person", "key", "command", "receiver", "us"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who changes something. kind: a person, an API key, the command line, a receiver or us.

    `name`: an e-mail address or a key's name. `address`: the network address that the call came from.
    """

    kind: str
    name: str
    id: str | None = None
    address: str = ""


HOOKDESK = Actor(US, "Hookdesk")


def act_as(actor: Actor) -> None:
    """From now on, within this request or app context, this is who acts."""
    g.actor = actor


def acting() -> Actor:
    """Needs action by now; Hookdesk itself if no face said otherwise (a worker)."""
    actor: Actor = g.get("actor", HOOKDESK)
    return actor
