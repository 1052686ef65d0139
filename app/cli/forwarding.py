"""`listen --forward-to`: events to an address on this machine, each printed with what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count

import click

from app.sending.message.signing import new_secret
from app.services.events.forwarding import Forwarded, Forwarder

LOOK_EVERY_S = 0.5


def forward(space_id: str, url: str, secret: str | None, types: Sequence[str], most: int | None) -> None:
    """Forward until Ctrl-C, or until `most` events were sent. Says which key to verify with."""
    secret = secret or new_secret()
    forwarder = Forwarder(space_id, url, secret, types)
    click.echo(f"Forwarding to {url}. Verify with the secret key {secret}. Ctrl-C ends it.")
    sent = count(1)
    while _pass_on(forwarder, sent.__next__, most):
        time.sleep(LOOK_EVERY_S)


def _pass_on(forwarder: Forwarder, number: Callable[[], int], most: int | None) -> bool:
    """True if there may be more to come."""
    for one in forwarder.forward_new():
        click.echo(_line(one))
        if number() == most:
            return False
    return True


def _line(one: Forwarded) -> str:
    answer = one.status if one.status is not None else "no answer"
    said = f"  {one.said}" if one.said else ""
    return f"{one.at:%H:%M:%S}  {answer}  {one.ms} ms  {one.event_type}  {one.event_id}{said}"
