"""Check a typed address at the moment it is saved, and bring it into one form.

This is the polite half of the rule: it tells a person at once what to mend. What really protects is the
check of the address that is dialled, in `handle.py`; nothing here looks a name up.
"""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

import idna

from .marked import N_
from .networks import may_dial
from .policy import OutboundPolicy

# Of a typed address, and of one that is sent to: GET and DELETE carry the values of an event in it.
MAX_TYPED = 2000
MAX_SENT = 16_000
DEFAULT_PORTS = {"https": 443, "http": 80}


MESSAGES = {
    "too_long": N_("Enter a web address of at most 2,000 characters."),
    "control_characters": N_("Enter a web address without line breaks or other hidden characters."),
    "white_space": N_("Enter a web address without spaces."),
    "backslash": N_("Enter a web address with / instead of \\."),
    "scheme": N_("Enter a web address that starts with https://"),
    "not_https": N_("Enter a web address that starts with https://"),
    "no_host": N_("Enter the name of the server after https://, for example https://example.com/hook"),
    "user_info": N_("Enter a web address without a user name or password; set those under Authentication."),
    "fragment": N_("Enter a web address without # and what follows it."),
    "percent_in_host": N_("Enter the name of the server without a % sign."),
    "port": N_("Enter a web address with another port, or with none."),
    "numeric_host": N_("Enter the name of the server, or its IP address as four numbers with dots."),
    "blocked_address": N_("Enter a public address; this one is inside a private network."),
    "bad_url": N_("Enter a whole web address, for example https://example.com/hook"),
}

_HIDDEN = re.compile(  # control characters but the tab, line separators, zero-width and bidi marks
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_SHAPE = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?]*)(?P<rest>.*)", re.I | re.S)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]*))?")
_NAME = re.compile(r"(?=.{1,253}\Z)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_QUAD = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE_NAMES = (".localhost", ".local", ".internal")
_SAFE_IN_PATH = "/?%:@!$&'()*+,;=~-._[]"


class AddressRefused(ValueError):
    """An address that cannot be used. `reason` is a stable code, `field_message` an English sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field_message = MESSAGES[reason]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads. `ip` is set if the host is one; `own_inbox` lifts the dial rule."""

    url: str
    scheme: str
    host: str
    port: int
    ip: IPv4Address | IPv6Address | None
    own_inbox: bool
    key: tuple[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """`key`: host and port, by which connections and looked-up addresses are shared."""
        object.__setattr__(self, "key", (self.host, self.port))


def check_address(url: str, policy: OutboundPolicy) -> str:
    """Return the form of a typed address that is stored and sent to.

    Scheme and host are lower-cased, the host is punycode (IDNA 2008 with UTS 46 mapping), the default port
    is dropped, characters outside ASCII in the path are percent-encoded. The result checks to itself.
    Raises AddressRefused, and nothing else.
    """
    _refuse_length(url, MAX_TYPED)
    place = locate(url, policy)
    _refuse_length(place.url, MAX_TYPED)
    return place.url


def locate(url: str, policy: OutboundPolicy) -> Place:
    """Check an address and take it apart, so that the sender uses exactly what was checked.

    Raises AddressRefused, and nothing else.
    """
    _refuse_length(url, MAX_SENT)
    inbox = policy.is_own_inbox(url)
    scheme, authority, rest = _split(url, policy, plain_allowed=inbox)
    host, port = _split_authority(authority, DEFAULT_PORTS[scheme])
    if not inbox and not policy.allows_port(port):
        raise AddressRefused("port")
    name, ip = _read_host(host)
    if inbox:
        return Place(url, scheme, name, port, ip, own_inbox=True)
    if _leads_inside(name, ip, policy):
        raise AddressRefused("blocked_address")
    shown = f"[{name}]" if isinstance(ip, IPv6Address) else name
    suffix = "" if port == DEFAULT_PORTS[scheme] else f":{port}"
    normal = f"{scheme}://{shown}{suffix}{_normal_rest(rest)}"
    return Place(normal, scheme, name, port, ip, own_inbox=False)


def _split(url: str, policy: OutboundPolicy, *, plain_allowed: bool) -> tuple[str, str, str]:
    _refuse_characters(url)
    parts = _SHAPE.fullmatch(url)
    if parts is None:
        raise AddressRefused("scheme" if "://" not in url else "bad_url")
    scheme = parts["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise AddressRefused("scheme")
    if scheme == "http" and not (policy.allow_http or plain_allowed):
        raise AddressRefused("not_https")
    return scheme, parts["authority"], parts["rest"]


def _refuse_length(url: str, longest: int) -> None:
    if len(url) > longest:
        raise AddressRefused("too_long")


def _refuse_characters(url: str) -> None:
    if _HIDDEN.search(url):
        raise AddressRefused("control_characters")
    if any(character.isspace() for character in url):
        raise AddressRefused("white_space")
    if "\\" in url:
        raise AddressRefused("backslash")
    if "#" in url:
        raise AddressRefused("fragment")


def _split_authority(authority: str, default_port: int) -> tuple[str, int]:
    if "@" in authority:
        raise AddressRefused("user_info")
    if "%" in authority:
        raise AddressRefused("percent_in_host")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise AddressRefused("bad_url")
    if not parts["host"]:
        raise AddressRefused("no_host")
    digits = (parts["port"] or "").lstrip("0")
    if parts["port"] and not (0 < len(digits) <= 5 and int(digits) <= 65535):
        raise AddressRefused("port")
    return parts["host"], int(digits) if digits else default_port


def _read_host(host: str) -> tuple[str, IPv4Address | IPv6Address | None]:
    """The host as stored, and its IP address if it is written as one."""
    if host.startswith("["):
        try:
            v6 = IPv6Address(host[1:-1])
        except ValueError:
            raise AddressRefused("numeric_host") from None
        return v6.compressed, v6
    name = _punycode(host)
    if not _NUMBER.fullmatch(name.rstrip(".").rpartition(".")[2]):
        return _plain_name(name), None
    if not _QUAD.fullmatch(name):
        raise AddressRefused("numeric_host")  # the system would read it as one number, or as octal
    return name, IPv4Address(name)


def _punycode(host: str) -> str:
    """Lower-case ASCII for a host. UTS 46 maps full-width digits and dots too: they count as plain ones."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, ValueError, IndexError):
        raise AddressRefused("bad_url") from None


def _plain_name(name: str) -> str:
    bare = name.removesuffix(".")
    if not bare:
        raise AddressRefused("no_host")
    if _NAME.fullmatch(bare) is None:
        raise AddressRefused("bad_url")
    return bare


def _leads_inside(name: str, ip: IPv4Address | IPv6Address | None, policy: OutboundPolicy) -> bool:
    if ip is not None:
        return not may_dial(ip, policy)
    if policy.allow_networks:
        return False
    return "." not in name or name.endswith(_INSIDE_NAMES)


def _normal_rest(rest: str) -> str:
    path = quote(rest, safe=_SAFE_IN_PATH)
    return path if path.startswith("/") else f"/{path}"
