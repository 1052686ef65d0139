"""One pooled libcurl easy handle: set up once, filled for each transfer, read when it ends."""

import re
import time
from collections.abc import Callable, Sequence

import certifi
import pycurl

from .address import Place
from .answer import MAX_HEADER_BYTES, Answer
from .dial_guard import DialGuard
from .exchange import Exchange, Request
from .faults import name_fault
from .policy import OutboundPolicy
from .resting import Local, Resting

IDLE_CONNECTION_S = 4
CONNECTION_LIFETIME_S = 300
MIN_TIMEOUT_MS = 1  # libcurl reads 0 as no limit
LIGHT_BODY = 4096
# libcurl asks leave ("Expect: 100-continue") for bodies above 1 MiB, which would cost a round trip or a second.
MAY_EXPECT = 512 * 1024

STOP: int = pycurl.PREREQFUNC_ABORT
GO_ON: int = pycurl.PREREQFUNC_OK

HTTP2_IF_OFFERED = pycurl.CURL_HTTP_VERSION_2TLS
ONE_AT_A_TIME = pycurl.CURL_HTTP_VERSION_1_1

_METHOD = re.compile(r"[A-Z]{1,20}")
_UNSENDABLE = re.compile(r"[^\t\x20-\x7e]")


class Unsendable(ValueError):
    """A request that cannot be put on the wire as it is: a fault of ours, not of the receiver."""


def common_handle(policy: OutboundPolicy, scheme: str) -> pycurl.Curl:
    """A new easy handle with every option that protects us. Nothing is taken from the environment."""
    curl = pycurl.Curl()
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.NOPROXY, "*")
    curl.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
    curl.setopt(pycurl.USERAGENT, "")
    curl.setopt(pycurl.FOLLOWLOCATION, 0)
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTPS if scheme == "https" else pycurl.PROTO_HTTP)
    curl.setopt(pycurl.REDIR_PROTOCOLS, pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.PATH_AS_IS, 1)
    curl.setopt(pycurl.HTTP09_ALLOWED, 0)
    curl.setopt(pycurl.TCP_NODELAY, 1)
    curl.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
    curl.setopt(pycurl.CAINFO, policy.ca_file or certifi.where())
    curl.unsetopt(pycurl.CAPATH)
    curl.setopt(pycurl.OPT_CERTINFO, 1)
    return curl


def pinned(place: Place, addresses: tuple[str, ...]) -> list[str]:
    """The RESOLVE entry that tells libcurl what our own lookup found; it never looks a name up itself."""
    listed = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
    return [f"+{place.host}:{place.port}:{listed}"]


def remaining_ms(deadline: float) -> int:
    """Milliseconds until a time of `time.monotonic()`; 0 or less if it has passed."""
    return int((deadline - time.monotonic()) * 1000)


class Handle:
    """A reusable transfer. All that may differ from one transfer to the next is settled by `begin`."""

    def __init__(
        self, policy: OutboundPolicy, scheme: str, on_dial: Callable[[], None], resting: Resting
    ) -> None:
        """`resting` is the loop's: it knows the connections that libcurl keeps."""
        self.resting = resting
        self.owner = ""
        self.local: Local | None = None
        self.unfit = False
        self.scheme = scheme
        self.policy = policy
        self.answer = Answer()
        self.guard = DialGuard(policy, on_dial)
        self.sent = 0
        self._shape: tuple[str, bool] | None = None
        self._heavy = False
        self._alone = False
        self._pinned = False
        self._connect_only = False
        self._url = ""
        self._timeout_ms = 0
        self.curl = curl = common_handle(policy, scheme)
        curl.setopt(pycurl.HTTP_VERSION, HTTP2_IF_OFFERED)
        curl.setopt(pycurl.ACCEPT_ENCODING, "gzip, deflate")
        curl.setopt(pycurl.HTTP_CONTENT_DECODING, 0)  # `coding` does it: libcurl loses what it cannot decode
        curl.setopt(pycurl.MAXAGE_CONN, IDLE_CONNECTION_S)
        curl.setopt(pycurl.MAXLIFETIME_CONN, CONNECTION_LIFETIME_S)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self.guard.on_socket)
        curl.setopt(pycurl.PREREQFUNCTION, self._on_send)
        curl.setopt(pycurl.HEADERFUNCTION, self.answer.lines.append)
        curl.setopt(pycurl.WRITEFUNCTION, self.answer.on_body)

    def begin(
        self, request: Request, place: Place, addresses: tuple[str, ...], timeout_ms: int, *, alone: bool
    ) -> None:
        """Fill the handle, which is new or was released. Only what differs from its last transfer is set.

        timeout_ms: what is left for the transfer.
        addresses: what our lookup found; empty if the host is an address, or libcurl knows them still.
        alone: no connection is shared with other transfers, before, after or (HTTP/2) beside this one.
        Raises Unsendable if the method or a header cannot be sent.
        """
        self.guard.clear(open_to_all=place.own_inbox)
        self.sent = 0
        self.owner, self.local, self.unfit = request.owner, None, False
        curl = self.curl
        if place.url != self._url:
            curl.setopt(pycurl.URL, place.url)
            self._url = place.url
        self._set_method(request)
        curl.setopt(pycurl.HTTPHEADER, _complete(request))
        if addresses or self._pinned:
            curl.setopt(pycurl.RESOLVE, pinned(place, addresses) if addresses else [])
            self._pinned = bool(addresses)
        if alone != self._alone:
            curl.setopt(pycurl.FRESH_CONNECT, alone)
            curl.setopt(pycurl.FORBID_REUSE, alone)
            curl.setopt(pycurl.HTTP_VERSION, ONE_AT_A_TIME if alone else HTTP2_IF_OFFERED)
            self._alone = alone
        timeout_ms = max(MIN_TIMEOUT_MS, timeout_ms)
        if timeout_ms != self._timeout_ms:
            curl.setopt(pycurl.TIMEOUT_MS, timeout_ms)
            self._timeout_ms = timeout_ms
        if request.connect_only:
            curl.setopt(pycurl.CONNECT_ONLY, 1)
            self._connect_only = True

    def release(self) -> None:
        """Let go of what the transfer carried, so that an idle handle holds little memory."""
        self.answer.clear()
        if self._heavy:
            self.curl.setopt(pycurl.POSTFIELDS, b"")
            self._heavy = False

    def fill(self, exchange: Exchange, code: int, message: str) -> None:
        """Read what came of the transfer into `exchange`. code: CURLE_*, 0 for success."""
        answer = self.answer
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        coding_trouble = answer.trouble()
        if status >= 200:
            exchange.http_version, exchange.headers, whole, header_size = answer.head()
            exchange.status = status
            exchange.body = answer.body
            exchange.body_size = answer.body_size
        else:  # nothing but interim answers, if any
            whole, header_size = False, self.curl.getinfo(pycurl.HEADER_SIZE)
        exchange.truncated = answer.truncated
        self._fill_times(exchange)
        too_large = header_size > MAX_HEADER_BYTES
        if code or too_large:
            self._fill_fault(exchange, code, message or pycurl.easy_strerror(code), too_large=too_large)
        elif not whole and not self._connect_only:
            exchange.fault, exchange.detail = "reset", "The connection closed before the end of the headers."
        if whole and status >= 200 and not too_large:
            _fill_broken_off(exchange, coding_trouble, answer.coding)

    def _set_method(self, request: Request) -> None:
        method = request.method
        with_body = bool(request.body) or method not in ("GET", "HEAD")
        if self._shape != (method, with_body):
            self._reshape(method, with_body=with_body)
        if with_body:
            self.curl.setopt(pycurl.POSTFIELDS, request.body)
            self._heavy = len(request.body) > LIGHT_BODY

    def _reshape(self, method: str, *, with_body: bool) -> None:
        if _METHOD.fullmatch(method) is None:
            raise Unsendable("the method is not a word of capital letters")
        curl = self.curl
        curl.setopt(pycurl.POST if with_body else pycurl.HTTPGET, 1)
        if method == "HEAD":
            curl.setopt(pycurl.NOBODY, 1)
        curl.setopt(pycurl.CUSTOMREQUEST, method)
        self._shape = (method, with_body)

    def rest(self, http_version: str) -> None:
        """After a success: note under which descriptor the connection rests. Others may share one of HTTP/2."""
        if self.local is not None and http_version != "2":
            self.resting.end(self.local, self.curl.getinfo(pycurl.ACTIVESOCKET), self.owner)

    def _on_send(self, _ip: str, local_ip: str, _port: int, local_port: int) -> int:
        """libcurl's PREREQFUNCTION: the connection stands and the request is about to be written.

        Called a second time, libcurl is repeating a request by itself, because a reused connection closed
        without an answer. The receiver may have taken the first one, so the repeat is ours to decide.
        A refused answer beside an accepted one (both are tried at once) ends the transfer here too.
        """
        if self.sent or self.guard.refused:
            self.sent += 1
            return STOP
        self.local = local = (local_ip, local_port)
        if not self.guard.dialled and not self.resting.may_use(local, self.owner):
            self.unfit = True  # libcurl closes it, and the loop begins anew: nothing was sent
            return STOP
        self.resting.begin(local, self.owner)
        self.sent = 1
        return GO_ON

    def _fill_times(self, exchange: Exchange) -> None:
        info = self.curl.getinfo
        exchange.duration_us = exchange.dns_us + info(pycurl.TOTAL_TIME_T)
        if self.sent:
            exchange.first_byte_us = max(
                0, info(pycurl.STARTTRANSFER_TIME_T) - info(pycurl.PRETRANSFER_TIME_T)
            )
        if self.guard.dialled and not self.guard.refused:
            connected, secured = info(pycurl.CONNECT_TIME_T), info(pycurl.APPCONNECT_TIME_T)
            exchange.connect_us = max(0, connected - info(pycurl.NAMELOOKUP_TIME_T))
            exchange.tls_us = max(0, secured - connected)

    def _fill_fault(self, exchange: Exchange, code: int, message: str, *, too_large: bool) -> None:
        answer = self.answer
        if self.guard.refused:
            exchange.fault, exchange.detail = "blocked_address", "The address is not one we connect to."
        elif too_large:
            exchange.fault, exchange.detail = "too_large", "The headers of the answer are over 64 KiB."
        elif answer.truncated:
            exchange.detail = "The body was cut at 1 MiB."
        elif self.guard.trouble and not self.guard.dialled:
            exchange.fault, exchange.detail = "internal", self.guard.trouble
        elif code == pycurl.E_ABORTED_BY_CALLBACK and self.sent > 1:
            exchange.fault = "reset"
            exchange.detail = "A kept-alive connection closed before an answer; the request is not repeated."
        else:
            exchange.fault, exchange.detail = self._fault_word(code), message

    def _fault_word(self, code: int) -> str:
        info = self.curl.getinfo
        return name_fault(
            code, info(pycurl.OS_ERRNO), info(pycurl.SSL_VERIFYRESULT), request_sent=self.sent > 0
        )


def _fill_broken_off(exchange: Exchange, coding_trouble: str, coding: str) -> None:
    """The head of an answer came whole: whatever ended it afterwards, the receiver has answered."""
    exchange.answered = True
    if exchange.fault == "reset":
        exchange.fault = "cut_off"
    if exchange.fault is not None:
        what = "did not end in time" if exchange.fault == "read_timeout" else "broke off"
        said = f"The answer {exchange.status} {what} after {exchange.body_size} bytes of its body."
        exchange.detail = f"{said} {exchange.detail}"
    elif coding_trouble:
        exchange.truncated, exchange.detail = True, coding_trouble
        exchange.facts["encoding"] = coding


def header_lines(headers: Sequence[tuple[str, str]]) -> list[str]:
    """Headers in the form in which libcurl takes them. Raises Unsendable for characters that cannot be sent."""
    lines = [f"{name}: {value}" if value else f"{name};" for name, value in headers]
    if _UNSENDABLE.search("".join(lines)):
        raise Unsendable("a header has characters that cannot be sent")
    return lines


def _complete(request: Request) -> list[str]:
    """All lines of a request; those with which libcurl switches off what it would add by itself, too."""
    lines = header_lines(request.headers) if request.lines is None else request.lines
    if len(request.body) > MAY_EXPECT:
        lines = [*lines, "Expect:"]
    if not lines or not (lines[0].startswith("Content-Type:") or _names_content_type(lines)):
        lines = [*lines, "Content-Type:"]
    return lines


def _names_content_type(lines: Sequence[str]) -> bool:
    return any(line.lower().startswith(("content-type:", "content-type;")) for line in lines)
