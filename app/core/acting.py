"""Who acts: told once by the face through which a call came, written into every change.

Not an argument of each use case: it belongs to the call as a whole, like the language of its sentences.
"""

from __future__ import annotations

from flask import g

from app.core.actor import HOOKDESK, Actor


def act_as(actor: Actor) -> None:
    """From now on, within this request or app context, this is who acts."""
    g.actor = actor


def acting() -> Actor:
    """Who acts now; Hookdesk itself if no face said otherwise (a worker)."""
    actor: Actor = g.get("actor", HOOKDESK)
    return actor
