"""One request and what came of it, as plain data."""

from dataclasses import dataclass, field

from .certificates import Certificate


@dataclass(slots=True)
class Request:
    """What to send.

    method: an upper-case HTTP method. url: an address as `check_address` returned it.
    headers: complete, in order; only `Accept`, `Accept-Encoding`, `Content-Length` and `Host` are added.
    timeout_ms: for everything together, name lookup and the whole answer included.
    lines: in place of headers (which are empty then), what `header_lines` makes of them, from a sender that
    made them beforehand, because most of them are the same each time.
    owner: whose request it is (a space). Owners share no connection that may mix up answers, and each has a share
    of the name look-ups.
    keep_certificates: tell the receiver's certificates also if all went well; it costs, so nobody does by default.
    connect_only: make the connection, TLS included, and send nothing.
    """

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes
    timeout_ms: int
    lines: list[str] | None = field(default=None, kw_only=True)
    owner: str = field(default="", kw_only=True)
    keep_certificates: bool = field(default=False, kw_only=True)
    connect_only: bool = field(default=False, kw_only=True)

    def header_pairs(self) -> list[tuple[str, str]]:
        """Name and value of each header, however they were given."""
        if self.lines is None:
            return self.headers
        parts = [line.partition(": ") for line in self.lines]
        return [(name if colon else name.removesuffix(";"), value) for name, colon, value in parts]


@dataclass(slots=True)
class Exchange:
    """What came of a request.

    started_at_ms: Unix time. The `_us` fields are phases in microseconds: name lookup, TCP connect, TLS
    handshake, and from the request to the first byte of the answer; connect and TLS are 0 on a reused
    connection. duration_us is the whole.
    body: the first 64 KiB of the decoded answer; body_size: how many decoded bytes were read; truncated:
    the answer was longer than what was read, or the rest of it could not be decoded.
    fault: None if there is a complete answer (whatever its status), else one stable word. If the answer
    broke off in the middle, status, headers and body hold what had come until then.
    answered: the head of an answer came whole, whatever became of its body: `cut_off` (it broke off) and
    `read_timeout` can be faults of such an answer.
    detail: the technical message, for the receiver's developer. facts: what a sentence may need: `host`,
    `encoding` (of a body that could not be decoded), `seconds`, `location`, `names`, `expires`.
    certificates: the chain that the receiver sent, its own first, if the request asked for it; empty on a
    reused connection.
    """

    started_at_ms: int
    duration_us: int = 0
    dns_us: int = 0
    connect_us: int = 0
    tls_us: int = 0
    first_byte_us: int = 0
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    body_size: int = 0
    truncated: bool = False
    fault: str | None = None
    answered: bool = False
    detail: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    http_version: str = ""
    certificates: tuple[Certificate, ...] = ()
