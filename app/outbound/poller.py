"""Wait for many file descriptors: epoll on Linux, poll elsewhere, behind one small face.

`selectors` is not used on this path: it builds a key object for each event and each change.
"""

import contextlib
import select

import pycurl

READABLE = select.POLLIN
WRITABLE = select.POLLOUT
BROKEN = select.POLLERR | select.POLLHUP

_WANTED = {
    pycurl.POLL_IN: READABLE,
    pycurl.POLL_OUT: WRITABLE,
    pycurl.POLL_INOUT: READABLE | WRITABLE,
}


class Poller:
    """File descriptors and the events they wait for. epoll's event numbers are poll's.

    libcurl asks for a kept-alive connection and drops it once for each request. To spare the system calls, a
    descriptor that it drops rests at first: it stays registered, and waking it with the same events is free.
    The kernel forgets a descriptor that is closed, and its number may come back as another file, so
    whoever opens one calls `forget_resting` before it is waited for.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._poll = self._epoll or select.poll()
        self._events: dict[int, int] = {}
        self._resting: set[int] = set()

    def set(self, fd: int, events: int) -> None:
        """Wait for `events` (READABLE, WRITABLE or both) on `fd` from now on."""
        if fd in self._events:
            self._poll.modify(fd, events)
        else:
            self._poll.register(fd, events)
        self._events[fd] = events

    def on_socket(self, what: int, fd: int, _multi: object = None, _data: object = None) -> None:
        """libcurl's SOCKETFUNCTION, called twice a request: wait for `what` (POLL_...) on `fd`, or let it rest."""
        events = self._events
        if what == pycurl.POLL_REMOVE:
            if fd in events:
                self._resting.add(fd)
            return
        self._resting.discard(fd)
        wanted = _WANTED[what]
        if events.get(fd) != wanted:
            self.set(fd, wanted)

    def drop(self, fd: int) -> None:
        """Stop waiting on `fd`; it may be closed already, or never have been set."""
        self._resting.discard(fd)
        if self._events.pop(fd, None) is not None:
            with contextlib.suppress(OSError, KeyError):
                self._poll.unregister(fd)

    def forget_resting(self) -> None:
        """Drop all that rest: some may be closed, and a new file may be about to get such a number."""
        while self._resting:
            self.drop(self._resting.pop())

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        """The descriptors that are ready, with their events; empty after `timeout_s`."""
        ready = self._poll.poll(timeout_s if self._epoll else timeout_s * 1000)
        if not self._resting:
            return ready
        for fd, _events in ready:
            if fd in self._resting:
                self.drop(fd)  # the receiver closed an idle connection; libcurl finds out when it needs it
        return [(fd, events) for fd, events in ready if fd in self._events]

    def close(self) -> None:
        """Let go of the kernel's object."""
        self._events.clear()
        self._resting.clear()
        if self._epoll:
            self._epoll.close()
