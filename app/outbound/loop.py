"""Many transfers at once in one libcurl multi handle, driven by its socket interface."""

import contextlib
import heapq
import itertools
import socket
import time
from dataclasses import dataclass
from typing import Protocol

import pycurl

from .address import AddressRefused, Place, locate
from .exchange import Exchange, Request
from .facts import add_facts, add_limit
from .handle import Handle, Unsendable, remaining_ms
from .memory import Memory
from .names import Lookup, Names, Resolution, system_lookup
from .policy import OutboundPolicy
from .poller import BROKEN, READABLE, WRITABLE, Poller
from .resting import Resting

MAX_IDLE_HANDLES = 1024
TOO_SLOW = Resolution(fault="dns_timeout", detail="The name lookup took too long.")
# After so many kept connections that turned out unfit, one of its own.
MOST_UNFIT = 3

_READY = tuple(
    (pycurl.CSELECT_IN if events & READABLE else 0)
    | (pycurl.CSELECT_OUT if events & WRITABLE else 0)
    | (pycurl.CSELECT_ERR if events & BROKEN else 0)
    for events in range(64)
)


class HasFileno(Protocol):
    """Anything with a file descriptor, for example a socket."""

    def fileno(self) -> int:
        """The descriptor."""


@dataclass(slots=True, eq=False)
class _Job:
    """A transfer from `submit` until its result is handed over."""

    request: Request
    token: object
    policy: OutboundPolicy
    place: Place
    own: bool
    exchange: Exchange
    started: float
    deadline: float
    addresses: tuple[str, ...] = ()
    over: bool = False
    unfit: int = 0


class TransferLoop:
    """Carries requests out, as many at a time as are submitted; not for use by two threads at once.

    The policy of the first request is the loop's own: its connections are kept alive and reused. A request
    under another policy, or to the own inbox, gets a connection that nobody used and nobody will use, so
    that what a wider rule opened never serves a stricter one.
    """

    def __init__(self, *, keep_alive: int = 256, lookup: Lookup = system_lookup) -> None:
        """keep_alive: how many idle connections are kept. lookup: name to IP addresses; may block."""
        self._poller = Poller()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._poller.on_socket)
        self._multi.setopt(pycurl.M_MAXCONNECTS, keep_alive)
        self._wakeup, self._bell_button = socket.socketpair()
        self._wakeup.setblocking(False)
        self._bell_button.setblocking(False)
        self._poller.set(self._wakeup.fileno(), READABLE)
        self._watched: int | None = None
        self._names = Names(lookup, self._ring)
        self._memory = Memory()
        self._resting = Resting()
        self._idle: dict[str, list[Handle]] = {"https": [], "http": []}
        self._running: dict[pycurl.Curl, tuple[Handle, _Job]] = {}
        self._waiting: dict[str, list[_Job]] = {}
        self._deadlines: list[tuple[float, int, _Job]] = []
        self._sequence = itertools.count()
        self._finished: list[tuple[object, Exchange]] = []
        self.in_flight = 0
        self.doorbell_rang = False

    def watch(self, fileobj: HasFileno | None) -> None:
        """Make `run` return, with `doorbell_rang` set, when `fileobj` is readable; None ends that.

        The caller reads what made it readable. One object at a time.
        """
        self._poller.forget_resting()
        if self._watched is not None:
            self._poller.drop(self._watched)
        self._watched = None if fileobj is None else fileobj.fileno()
        if self._watched is not None:
            self._poller.set(self._watched, READABLE)

    def submit(self, request: Request, token: object, policy: OutboundPolicy) -> None:
        """Begin a transfer. Its result comes out of a later `run`, with `token`; nothing is raised for it."""
        now = time.monotonic()
        exchange = Exchange(started_at_ms=time.time_ns() // 1_000_000)
        memory = self._memory
        own = memory.is_own(policy)
        try:
            place = memory.place(request.url, policy) if own else locate(request.url, policy)
        except AddressRefused as refused:
            exchange.fault = "not_https" if refused.reason in ("not_https", "scheme") else "blocked_address"
            exchange.detail = refused.field_message
            self.in_flight += 1
            self._finished.append((token, exchange))
            return
        self.in_flight += 1
        job = _Job(request, token, policy, place, own, exchange, now, now + request.timeout_ms / 1000)
        if place.ip is not None:
            self._start(job)
        else:
            self._start_named(job)

    def run(self, timeout_s: float) -> list[tuple[object, Exchange]]:
        """Carry transfers on; return the finished ones as (token, exchange).

        Returns as soon as one has finished, the watched object is readable, or `timeout_s` has passed; at
        once if there is nothing to wait for.
        """
        until = time.monotonic() + timeout_s
        self.doorbell_rang = False
        while True:
            nothing_to_wait_for = self._finished or (not self.in_flight and self._watched is None)
            self._turn(0.0 if nothing_to_wait_for else self._disable_policy(until))
            if nothing_to_wait_for or self._finished or self.doorbell_rang or time.monotonic() >= until:
                break
        done, self._finished = self._finished, []
        self.in_flight -= len(done)
        return done

    def close(self) -> None:
        """Drop everything at once, transfers in flight too; a lookup that hangs is left to itself."""
        for curl, (handle, _job) in self._running.items():
            self._multi.remove_handle(curl)
            handle.curl.close()
        for handle in itertools.chain.from_iterable(self._idle.values()):
            handle.curl.close()
        self._running.clear()
        self._idle = {"https": [], "http": []}
        self._multi.close()
        self._poller.close()
        self._wakeup.close()
        self._bell_button.close()
        self.in_flight = 0

    def _turn(self, disable_policy: float) -> None:
        """One round: wait, let libcurl work, take what it finished."""
        multi = self._multi
        wakeup, watched = self._wakeup.fileno(), self._watched
        for fd, events in self._poller.wait(disable_policy):
            if fd == wakeup:
                self._take_names()
            elif fd == watched:
                self.doorbell_rang = True
            else:
                multi.socket_action(fd, _READY[events & 63])
        if multi.timeout() == 0:
            multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        if self._deadlines:
            self._end_overdue()
        self._collect()

    def _disable_policy(self, until: float) -> float:
        """Seconds that may pass before something of ours or of libcurl's is due.

        libcurl is asked once a turn: its timer callback would come several times for each transfer.
        """
        if self._deadlines and self._deadlines[0][0] < until:
            until = self._deadlines[0][0]
        disable_policy = max(0.0, until - time.monotonic())
        timeout_ms = self._multi.timeout()
        return disable_policy if timeout_ms < 0 else min(disable_policy, timeout_ms / 1000)

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # full: a ring is pending already; closed: nobody listens
            self._bell_button.send(b"!")

    def _start_named(self, job: _Job) -> None:
        host = job.place.host
        answer = self._names.remembered(host)
        if answer is not None:
            self._start_answered(job, answer)
            return
        self._waiting.setdefault(host, []).append(job)
        heapq.heappush(self._deadlines, (job.deadline, next(self._sequence), job))
        self._names.ask(host, job.request.owner)

    def _take_names(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wakeup.recv(4096)
        for host, answer in self._names.finished():
            for job in self._waiting.pop(host, ()):
                if not job.over:
                    job.exchange.dns_us = int((time.monotonic() - job.started) * 1e6)
                    self._start_answered(job, answer)

    def _end_overdue(self) -> None:
        """End the transfers whose time ran out during the lookup."""
        while self._deadlines and (self._deadlines[0][2].over or self._deadlines[0][0] <= time.monotonic()):
            job = heapq.heappop(self._deadlines)[2]
            if not job.over:
                add_limit(job.exchange, job.request)
                self._end_lookup(job, TOO_SLOW)

    def _start_answered(self, job: _Job, answer: Resolution) -> None:
        if answer.fault is not None:
            self._end_lookup(job, answer)
            return
        job.addresses = answer.addresses
        if remaining_ms(job.deadline) <= 0:
            add_limit(job.exchange, job.request)
            self._end_lookup(job, TOO_SLOW)
            return
        self._start(job)

    def _end_lookup(self, job: _Job, answer: Resolution) -> None:
        job.over = True
        exchange = job.exchange
        exchange.fault, exchange.detail = answer.fault, answer.detail
        exchange.facts["host"] = job.place.host
        exchange.duration_us = exchange.dns_us = int((time.monotonic() - job.started) * 1e6)
        self._finished.append((job.token, exchange))

    def _start(self, job: _Job) -> None:
        job.over = True  # as a waiting one: libcurl counts its time from here
        memory, place = self._memory, job.place
        own = job.own
        idle = self._idle[place.scheme]
        handle = idle.pop() if idle and own else self._new_handle(job)
        # A name look-up has used up some of the time.
        used_some = job.addresses or job.unfit
        timeout_ms = remaining_ms(job.deadline) if used_some else job.request.timeout_ms
        addresses = memory.addresses_to_tell(place.key, job.addresses) if job.addresses else ()
        alone = place.own_inbox or not own or job.unfit >= MOST_UNFIT or memory.is_wary(place.key)
        try:
            handle.begin(job.request, place, addresses, timeout_ms, alone=alone)
        except (Unsendable, pycurl.error, TypeError, ValueError) as error:
            handle.curl.close()
            job.exchange.fault, job.exchange.detail = "internal", str(error)
            self._finished.append((job.token, job.exchange))
            return
        self._running[handle.curl] = (handle, job)
        self._multi.add_handle(handle.curl)

    def _new_handle(self, job: _Job) -> Handle:
        return Handle(job.policy, job.place.scheme, self._poller.forget_resting, self._resting)

    def _collect(self) -> None:
        more = 1
        while more:
            more, succeeded, failed = self._multi.info_read(1024)
            for curl in succeeded:
                self._finish(curl, 0, "")
            for curl, code, message in failed:
                self._finish(curl, code, message)

    def _finish(self, curl: pycurl.Curl, code: int, message: str) -> None:
        handle, job = self._running.pop(curl)
        if handle.unfit:
            self._begin_anew(handle, job)
            return
        exchange = job.exchange
        handle.fill(exchange, code, message)
        if exchange.fault == "connect_timeout" and exchange.dns_us > max(0, job.request.timeout_ms * 500):
            exchange.fault = TOO_SLOW.fault  # the look-up used up most of the time, not the receiver
        if code:
            self._memory.note_failure(job.place.key, exchange.fault)
        elif job.addresses:
            self._memory.note_success(job.place.key, job.addresses)
        if not code:
            handle.rest(exchange.http_version)
        add_facts(exchange, job.request, job.place, curl)
        self._put_away(handle, job)
        self._finished.append((job.token, exchange))

    def _begin_anew(self, handle: Handle, job: _Job) -> None:
        """The kept connection was not fit to be used, and nothing was sent on it."""
        self._put_away(handle, job)
        job.unfit += 1
        self._start(job)

    def _put_away(self, handle: Handle, job: _Job) -> None:
        self._multi.remove_handle(handle.curl)
        handle.release()
        idle = self._idle[handle.scheme]
        if job.own and not job.request.connect_only and len(idle) < MAX_IDLE_HANDLES:
            idle.append(handle)
        else:
            handle.curl.close()
