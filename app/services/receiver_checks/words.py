"""The score card in plain words: for each line what we tried, what happened, what is right, and who must act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.models.receiver_check import BAD, WARN
from app.sending.failures.diagnosis import explain
from app.sending.failures.reasons import THEY, YOU
from app.sending.failures.wording import human_size
from app.services.receiver_checks.probes import LARGE, METHOD, REPEATED, STALE, TAMPERED, VALID
from app.services.receiver_checks.verdicts import CERTIFICATE, HTTP2, KEEP_ALIVE, REDIRECT, SPEED

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line as it is shown. `who`: you or they, if somebody must act; else None."""

    name: str
    mark: str
    title: str
    tried: str
    happened: str
    right: str
    who: str | None


def card_line(line: Mapping[str, Any]) -> CardLine:
    """A line of `ReceiverCheck.lines` in words, in the language of the request."""
    name, mark, facts = line["name"], line["mark"], line["facts"]
    title, tried, right = _ABOUT[name]()
    happened, who = _happened(name, facts)
    return CardLine(name, mark, title, tried, happened, right, who if mark in (BAD, WARN) else None)


def _happened(name: str, facts: Facts) -> tuple[str, str]:
    said = facts["said"]
    if said == "failed":
        explanation = explain(facts["reason"], {**facts["known"], "test": True}, _)
        return explanation.what, THEY if explanation.who not in (YOU, THEY) else explanation.who
    if said in _SKIPPED:
        return _SKIPPED[said](), THEY
    return _SAID[name](said, facts), YOU if said == "not_https" else THEY


def _about_valid() -> tuple[str, str, str]:
    return (
        _("A message as it should be"),
        _("We sent a signed message, marked as a test."),
        _("Accept it: answer with a code from 200 to 299 within the time limit."),
    )


def _about_redirect() -> tuple[str, str, str]:
    return (
        _("Redirects"),
        _("We looked whether the address answers by itself."),
        _("Answer at this address. We do not follow redirects."),
    )


def _about_certificate() -> tuple[str, str, str]:
    return (
        _("Security certificate"),
        _("We looked at the certificates that the server sends."),
        _("A full chain from a recognised authority, for this name, renewed in good time."),
    )


def _about_speed() -> tuple[str, str, str]:
    return (
        _("Speed"),
        _("We measured how long the answers took."),
        _("Answer first and work later: well within half of the time limit."),
    )


def _about_repeated() -> tuple[str, str, str]:
    return (
        _("The same message again"),
        _("We sent the first message once more, with the same webhook-id."),
        _("Accept it again and do nothing more: a repeat is not an error."),
    )


def _about_tampered() -> tuple[str, str, str]:
    return (
        _("An altered message"),
        _("We sent a message that does not match its signature."),
        _("Refuse it, best with 401: anybody could have sent it."),
    )


def _about_stale() -> tuple[str, str, str]:
    return (
        _("An old message"),
        _("We sent a well signed message whose timestamp is an hour old."),
        _("Refuse it, best with 401: it may be a recording. Five minutes is the usual limit."),
    )


def _about_method() -> tuple[str, str, str]:
    return (
        _("Another method"),
        _("We sent a message by a method that this webhook does not use."),
        _("Refuse it, best with 405."),
    )


def _about_large() -> tuple[str, str, str]:
    return (
        _("A large message"),
        _("We sent a message of about 260 kB."),
        _("Accept it: events may be up to 1 MiB."),
    )


def _about_http2() -> tuple[str, str, str]:
    return (
        _("HTTP/2"),
        _("We offered HTTP/2."),
        _("Either is fine. HTTP/2 carries many messages on one connection."),
    )


def _about_keep_alive() -> tuple[str, str, str]:
    return (
        _("Connections"),
        _("We sent the messages one after the other on one connection."),
        _("Keep the connection open for a few seconds: it saves a handshake for each message."),
    )


_ABOUT: dict[str, Callable[[], tuple[str, str, str]]] = {
    VALID: _about_valid,
    REDIRECT: _about_redirect,
    CERTIFICATE: _about_certificate,
    SPEED: _about_speed,
    REPEATED: _about_repeated,
    TAMPERED: _about_tampered,
    STALE: _about_stale,
    METHOD: _about_method,
    LARGE: _about_large,
    HTTP2: _about_http2,
    KEEP_ALIVE: _about_keep_alive,
}

_SKIPPED: dict[str, Callable[[], str]] = {
    "not_delivered": lambda: _("Not tried: the first message was not accepted."),
    "does_not_fit": lambda: _(
        "Not tried: this webhook puts the data into the address, where this much does not fit."
    ),
    "no_answer": lambda: _("Not known: there was no answer to judge by."),
    "test_address": lambda: _("Not tried: each message to a test address has a connection of its own."),
}


def _said_valid(said: str, facts: Facts) -> str:
    return _("It accepted the message with code %(status)s after %(ms)s ms.", **_only(facts, "status", "ms"))


def _said_redirect(said: str, facts: Facts) -> str:
    return _("It answered by itself, with code %(status)s.", **_only(facts, "status"))


def _said_certificate(said: str, facts: Facts) -> str:
    if said == "not_https":
        return _("The address begins with http://, so anybody on the way can read the messages.")
    if facts["days"] < 0:
        return _("The certificate expired on %(date)s.", date=facts["date"])
    days = ngettext("%(num)s day", "%(num)s days", facts["days"])
    if said == "ends_soon":
        return _("The certificate ends on %(date)s, in %(days)s.", date=facts["date"], days=days)
    return _("The certificate is good until %(date)s, for another %(days)s.", date=facts["date"], days=days)


def _said_speed(said: str, facts: Facts) -> str:
    limit = ngettext("%(num)s second", "%(num)s seconds", facts["seconds"])
    if said == "too_slow":
        return _("It did not answer within %(limit)s.", limit=limit)
    known = {"ms": facts["ms"], "limit": limit}
    if said == "slow":
        return _("The slowest answer took %(ms)s ms, more than half of the limit of %(limit)s.", **known)
    return _("The slowest answer took %(ms)s ms; the limit is %(limit)s.", **known)


def _said_repeated(said: str, facts: Facts) -> str:
    return _("It accepted the repeat with code %(status)s.", **_only(facts, "status"))


def _said_forged(said: str, facts: Facts) -> str:
    known = _only(facts, "status")
    if said == "accepted":
        return _("It accepted the message with code %(status)s, so it does not check enough.", **known)
    if said == "fell_over":
        return _("It answered with code %(status)s, an error of its own, where a refusal was due.", **known)
    return _("It refused the message with code %(status)s.", **known)


def _said_method(said: str, facts: Facts) -> str:
    known = _only(facts, "status", "method")
    if said == "accepted":
        return _(
            "It also accepts %(method)s (code %(status)s). That does no harm where signatures are checked.",
            **known,
        )
    if said == "fell_over":
        return _("It answered %(method)s with code %(status)s, an error of its own.", **known)
    return _("It refused %(method)s with code %(status)s.", **known)


def _said_large(said: str, facts: Facts) -> str:
    size = human_size(facts["bytes"])
    return _(
        "It accepted %(size)s with code %(status)s after %(ms)s ms.",
        size=size,
        **_only(facts, "status", "ms"),
    )


def _said_http2(said: str, facts: Facts) -> str:
    if said == "spoken":
        return _("It speaks HTTP/2.")
    return _("It speaks HTTP/%(version)s.", version=facts["version"])


def _said_keep_alive(said: str, facts: Facts) -> str:
    if said == "kept":
        return _("It keeps connections open.")
    return _("It closes the connection after each message.")


_SAID: dict[str, Callable[[str, Facts], str]] = {
    VALID: _said_valid,
    REDIRECT: _said_redirect,
    CERTIFICATE: _said_certificate,
    SPEED: _said_speed,
    REPEATED: _said_repeated,
    TAMPERED: _said_forged,
    STALE: _said_forged,
    METHOD: _said_method,
    LARGE: _said_large,
    HTTP2: _said_http2,
    KEEP_ALIVE: _said_keep_alive,
}


def _only(facts: Facts, *names: str) -> dict[str, Any]:
    return {name: facts[name] for name in names}
