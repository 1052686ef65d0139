"""What a token server answered: a token, or why there is none (RFC 6749 5.1 and 5.2, and what strays from it)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import orjson

from app.audit.differences import MASK
from app.outbound import Exchange
from app.sending.failures.success_rules import find_header, looks_like_html
from app.sending.failures.wording import one_line
from app.sending.message.masking import Scrubber
from app.sending.tokens.token_request import Recipe

REFUSED, UNREACHABLE = "oauth_refused", "oauth_unreachable"

LONGEST_TOKEN = 16_000
LONGEST_LIFE_S = 10 * 365 * 24 * 3600
# A token is renewed a little before its end, so that none ends on its way.
SPARE_S, SPARE_SHARE = 30, 0.1

_TOKEN = re.compile(r"[\x21-\x7e]+")
_SECRET_FIELDS = ("access_token", "refresh_token", "id_token")
_TOKEN_TYPE = re.compile(r"[A-Za-z0-9_-]{1,40}")
# RFC 6749 5.1 and 5.2: all that is ever shown or kept of an answer. Anything else in it may be a token.
_SHOWN_FIELDS = ("error", "error_description", "expires_in", "token_type")
_BOM = b"\xef\xbb\xbf"
# Strings of an answer that are looked for in what is shown of it, and how short they may be.
_MOST_HIDDEN, _SHORTEST_HIDDEN = 100, 8


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, in the clear. `expires_at_ms` None: nobody said. `generation`: see `OAuthToken`."""

    access_token: str = field(repr=False)
    expires_at_ms: int | None
    generation: int = 0

    def usable(self, now_ms: int) -> bool:
        """True while it has not ended."""
        return self.expires_at_ms is None or self.expires_at_ms > now_ms


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """Why there is no token: `oauth_refused` or `oauth_unreachable`, the facts for its sentence, the details."""

    reason: str
    facts: Mapping[str, str]
    detail: str


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token server gave. `life_s` None: it did not say how long the token lasts."""

    access_token: str = field(repr=False)
    life_s: int | None
    refresh_token: str | None = field(repr=False)

    def usable_for_ms(self) -> int | None:
        """How long to use it, in milliseconds; None: until it is refused."""
        if self.life_s is None:
            return None
        return int(1000 * (self.life_s - min(SPARE_S, self.life_s * SPARE_SHARE)))


def read_answer(recipe: Recipe, exchange: Exchange) -> Granted | TokenRefusal:
    """What came of a token request. Nothing secret is in a refusal."""
    if exchange.fault is not None:
        return _no_answer(recipe, exchange)
    if exchange.status is None or exchange.status >= 500 or exchange.status in (408, 429):
        said = _said(recipe, fields_of(exchange))
        return refusal(recipe, UNREACHABLE, exchange, code=str(exchange.status or ""), said=said)
    if 300 <= exchange.status < 400:
        return refusal(recipe, REFUSED, exchange, error="the address has moved")
    given = fields_of(exchange)
    if not given and looks_like_html(exchange.headers, exchange.body):
        return refusal(recipe, REFUSED, exchange, html="1")
    if exchange.status >= 400 or not isinstance(given.get("access_token"), str):
        return refusal(recipe, REFUSED, exchange, error=_error_in(recipe, exchange, given))
    return _granted(recipe, exchange, given)


def refusal(recipe: Recipe, reason: str, exchange: Exchange | None = None, **facts: str) -> TokenRefusal:
    """A refusal with what is known of the OAuth credential; secrets in it are bullets."""
    known = {"oauth_credential": recipe.name, "host": urlsplit(recipe.token_url).hostname or "", **facts}
    texts = {name: one_line(recipe.scrub(value)) for name, value in known.items() if value}
    return TokenRefusal(reason, texts, _detail(recipe, exchange))


def fields_of(exchange: Exchange) -> dict[str, object]:
    """The fields of an answer: JSON, or form-encoded as some older servers write it; else none."""
    try:
        read = orjson.loads(exchange.body.removeprefix(_BOM))
    except orjson.JSONDecodeError:
        kind = (find_header(exchange.headers, "content-type") or "").lower()
        if "json" in kind or looks_like_html(exchange.headers, exchange.body):
            return {}
        return dict(parse_qsl(exchange.body.removeprefix(_BOM).decode("utf-8", "replace")))
    return read if isinstance(read, dict) else {}


def masked_fields(recipe: Recipe, exchange: Exchange) -> list[tuple[str, str]]:
    """The known fields of an answer, fit to be shown: tokens are bullets, others are left out, names too."""
    given = fields_of(exchange)
    shown = _shown(recipe, given)
    secret = [(name, MASK) for name in _SECRET_FIELDS if name in given]
    return [*shown.items(), *secret]


def _shown(recipe: Recipe, given: Mapping[str, object]) -> dict[str, str]:
    """The fields that may be shown: one line each, without anything that stands elsewhere in the answer."""
    plain = {n: given[n] for n in _SHOWN_FIELDS if isinstance(given.get(n), (str, int, float))}
    hide = Scrubber(_strings([value for name, value in given.items() if name not in _SHOWN_FIELDS]))
    texts = {name: one_line(hide(recipe.scrub(str(value)))) for name, value in plain.items()}
    kind = texts.get("token_type")
    if kind is not None and not _TOKEN_TYPE.fullmatch(kind):
        texts["token_type"] = MASK
    return texts


def _strings(values: list[object]) -> list[str]:
    """The longer strings in these values, at any depth; of many the first."""
    found: list[str] = []
    while values and len(found) < _MOST_HIDDEN:
        value = values.pop()
        if isinstance(value, str) and len(value) >= _SHORTEST_HIDDEN:
            found.append(value)
        elif isinstance(value, dict):
            values += value.values()
        elif isinstance(value, list):
            values += value
    return found


def _granted(recipe: Recipe, exchange: Exchange, given: Mapping[str, object]) -> Granted | TokenRefusal:
    access_token = str(given["access_token"])
    kind = str(given.get("token_type") or "Bearer")
    if kind.lower() not in ("bearer", "bot", "user"):  # the last two are Slack's words for the same
        shown = _shown(recipe, given).get("token_type", MASK)
        return refusal(
            recipe, REFUSED, exchange, error=f"it gives keys of the kind {shown}, we can use Bearer"
        )
    if len(access_token) > LONGEST_TOKEN or not _TOKEN.fullmatch(access_token):
        return refusal(recipe, REFUSED, exchange, error="its access token does not fit into a request header")
    refresh_token = given.get("refresh_token")
    return Granted(
        access_token,
        _seconds(given.get("expires_in")),
        refresh_token if isinstance(refresh_token, str) and refresh_token else None,
    )


def _seconds(value: object) -> int | None:
    """`expires_in`, a number or (against the standard, but common) a number as text."""
    try:
        seconds = int(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0, min(seconds, LONGEST_LIFE_S))


def _error_in(recipe: Recipe, exchange: Exchange, given: Mapping[str, object]) -> str:
    """What the server says is wrong; else its code."""
    return _said(recipe, given) or f"code {exchange.status}"


def _said(recipe: Recipe, given: Mapping[str, object]) -> str:
    """What the server says is wrong in its own fields, for people first; else empty. Never other text of it."""
    shown = _shown(recipe, given)
    for name in ("error_description", "error"):
        if isinstance(given.get(name), str) and shown[name]:
            return shown[name]
    return ""


def _no_answer(recipe: Recipe, exchange: Exchange) -> TokenRefusal:
    return refusal(recipe, UNREACHABLE, exchange, fault=str(exchange.fault))


def _detail(recipe: Recipe, exchange: Exchange | None) -> str:
    """For the token server's developer: where, what code, what it said."""
    if exchange is None:
        return ""
    where = recipe.token_url.partition("?")[0]
    if exchange.fault is not None:
        return recipe.scrub(f"{where}: {exchange.fault} {exchange.detail}".strip())
    # `masked_fields` has none but known fields.
    fields = ", ".join(f"{name}={value}" for name, value in masked_fields(recipe, exchange))
    return recipe.scrub(f"{where} answered {exchange.status} {fields}".strip())
