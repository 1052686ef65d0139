"""Keep secrets out of what is kept and shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import AnyStr
from urllib.parse import quote, quote_plus, unquote

from app.audit.differences import MASK

# In place of bullets where a secret could grow together with them: `Scrubber` takes the first that no secret touches.
_OTHER_MASKS = ("****", "####", "[...]", "____", "....", "~~~~")
_LAST_MASKS = range(0x2500, 0x2800)  # signs that hardly any secret has; four of one kind
# A shorter secret would turn ordinary text into bullets and hide nothing.
SHORTEST_SECRET = 4

_ALWAYS_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_NEVER_SECRET = frozenset({"webhook-signature", "www-authenticate", "proxy-authenticate"})
_SECRET_WORDS = ("key", "token", "secret", "password", "auth", "signature")
_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "ntlm", "token", "apikey", "hmac"})
_USER_INFO = re.compile(r"//[^/?#]*@")
# No "?" in a name: else each of many in a row would be looked from to the end.
_PARAMETER = re.compile(r"(?<=[?&])(?P<name>[^=&#?]+)=[^&#]*")
_LONGEST_REMEMBERED = 100


def mask_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """A copy of request or response headers, fit to be kept: secret values are bullets.

    The word of an authentication scheme stays (`Basic ••••`): it helps, and is no secret.
    """
    return [(name, _masked(value)) if has_secret_name(name) else (name, value) for name, value in headers]


def has_secret_name(name: str) -> bool:
    """True if a header or parameter of this name probably holds a secret."""
    # What strangers call their headers is remembered only if it is short.
    return _sounds_secret(name) if len(name) <= _LONGEST_REMEMBERED else _sounds_secret.__wrapped__(name)


@lru_cache(maxsize=1024)
def _sounds_secret(name: str) -> bool:
    name = name.lower()
    if name in _NEVER_SECRET:
        return False
    return name in _ALWAYS_SECRET or any(word in name for word in _SECRET_WORDS)


def mask_url(url: str) -> str:
    """An address for logs: bullets for user info and for parameters with a secret-looking name."""
    # Patterns, not urlsplit: a log line is wanted for an address that cannot be parsed, too.
    return _PARAMETER.sub(_mask_parameter, _USER_INFO.sub(f"//{MASK}@", url, count=1))


class Scrubber:
    """Replaces secrets in text or bytes with bullets. Make one a webhook: preparing it costs, using it little.

    Finds each secret as it is, URL-encoded and JSON-escaped. Secrets of fewer than 4 characters are left.
    One pass for each form, so it costs what the data is long, whatever the data is: what stands in place of a
    secret neither begins, ends nor holds a part of another, so nothing becomes one that was none.
    """

    __slots__ = ("_bytes", "_mask", "_texts")

    def __init__(self, secrets: Iterable[str | bytes]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        # Longest first: a secret inside a longer one must not break the longer one up.
        self._bytes = sorted(forms, key=len, reverse=True)
        self._texts = [form.decode("utf-8", "surrogateescape") for form in self._bytes]
        self._mask = _apart_from(self._bytes)

    def __call__(self, data: AnyStr) -> AnyStr:
        """The data without the secrets."""
        if isinstance(data, str):
            return _replace_all(data, self._texts, self._mask)
        return _replace_all(data, self._bytes, self._mask.encode())


def scrub(data: AnyStr, secrets: Iterable[str | bytes]) -> AnyStr:
    """Replace every secret in the data with bullets, once; see `Scrubber`."""
    return Scrubber(secrets)(data)


def _replace_all(data: AnyStr, forms: list[AnyStr], mask: AnyStr) -> AnyStr:
    for form in forms:
        data = data.replace(form, mask)
    return data


def _apart_from(forms: list[bytes]) -> str:
    """A mask that cannot grow together with what stands beside it into one of these; empty if there is none."""
    last = (chr(point) * 4 for point in _LAST_MASKS)
    for mask in chain((MASK, *_OTHER_MASKS), last):
        if not any(_touches(mask.encode(), form) for form in forms):
            return mask
    return ""


def _touches(mask: bytes, form: bytes) -> bool:
    """True if one holds the other, or one's end is the other's beginning."""
    if mask in form or form in mask:
        return True
    ends = range(1, min(len(mask), len(form)))
    return any(mask.endswith(form[:n]) or mask.startswith(form[-n:]) for n in ends)


def _forms(secret: str | bytes) -> Iterator[bytes]:
    raw = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
    yield raw
    for encoded in (quote(raw, safe=""), quote(raw), quote(raw, safe="!'()*"), quote_plus(raw)):
        yield encoded.encode()
        yield re.sub(r"%[0-9A-F]{2}", lambda hex_: hex_[0].lower(), encoded).encode()
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return
    for escaped in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
        yield escaped[1:-1].encode()
        yield escaped[1:-1].replace("/", "\\/").encode()
        yield re.sub(r"\\u[0-9a-f]{4}", lambda hex_: "\\u" + hex_[0][2:].upper(), escaped[1:-1]).encode()


def _masked(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space and scheme.lower() in _SCHEMES else MASK


def _mask_parameter(parameter: re.Match[str]) -> str:
    return f"{parameter['name']}={MASK}" if has_secret_name(unquote(parameter["name"])) else parameter[0]
