"""What a receiver's certificates say, for the sentence about a failed TLS check.

libcurl hands the chain over even when the check failed (CURLINFO_CERTINFO), so no second connection is
made. The texts come from the receiver: they are bounded and cleaned before anyone sees them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pycurl

MAX_NAMES = 5
MAX_NAME_LENGTH = 253

_ODD = re.compile(r"[^\x21-\x7e]+")
_DATE = "%b %d %H:%M:%S %Y GMT"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of the chain. names: DNS names and addresses it is for; expires: its last moment."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    expires: datetime | None


def read_chain(curl: pycurl.Curl) -> list[Certificate]:
    """The certificates that the receiver sent, its own first; empty if there was no TLS handshake."""
    chain = curl.getinfo_raw(pycurl.INFO_CERTINFO)
    return [_certificate([(_text(key), _text(value)) for key, value in fields]) for fields in chain]


def explain(fault: str, chain: list[Certificate]) -> tuple[str, dict[str, str]]:
    """Sharpen a `tls_` fault with what the chain shows, and give the facts for its sentence.

    `names`: comma-separated; `expires`: an ISO date (UTC).
    """
    if not chain:
        return fault, {}
    if fault == "tls_incomplete_chain" and _leads_nowhere(chain):
        fault = "tls_self_signed"
    facts = {}
    if chain[0].names:
        facts["names"] = ", ".join(chain[0].names)
    expires = _first_end(chain) if fault == "tls_expired" else chain[0].expires
    if expires is not None:
        facts["expires"] = expires.date().isoformat()
    return fault, facts


def _leads_nowhere(chain: list[Certificate]) -> bool:
    """An authority sent along but unknown to us is nobody's; a lone certificate only lacks its links."""
    return len(chain) > 1 and chain[0].issuer == chain[1].subject


def _first_end(chain: list[Certificate]) -> datetime | None:
    """The earliest end in the chain: an expired intermediate fails a good certificate."""
    return min((one.expires for one in chain if one.expires is not None), default=None)


def _certificate(fields: list[tuple[str, str]]) -> Certificate:
    values = dict(fields)
    subject = values.get("Subject", "")
    return Certificate(
        subject=subject,
        issuer=values.get("Issuer", ""),
        names=_names(values.get("X509v3 Subject Alternative Name", ""), subject),
        expires=_date(values.get("Expire date", "")),
    )


def _names(alternative: str, subject: str) -> tuple[str, ...]:
    """The names a certificate is for. Without alternative names, the old common name is shown instead."""
    listed = [
        part.partition(":")[2] for part in alternative.split(", ") if part.startswith(("DNS:", "IP Address:"))
    ]
    if not listed:
        listed = [part.partition("=")[2] for part in subject.split(", ") if part.startswith(("CN =", "CN="))]
    cleaned = (_ODD.sub("", name)[:MAX_NAME_LENGTH] for name in listed[:MAX_NAMES])
    return tuple(name for name in cleaned if name)


def _after(text: str, sign: str, keys: tuple[str, ...]) -> list[str]:
    """The values of `keys` in OpenSSL's one-line form, for example `DNS:a.example, DNS:b.example`."""
    pairs = (part.partition(sign) for part in text.split(", "))
    return [value for key, _, value in pairs if key in keys]


def _date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
