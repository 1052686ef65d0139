"""Wait for many file descriptors: epoll on Linux, poll elsewhere, behind one small face.

`selectors` is not used on this path: it builds a key object for each event and each change.
"""

import contextlib
import select

READABLE = select.POLLIN
WRITABLE = select.POLLOUT
BROKEN = select.POLLERR | select.POLLHUP


class Poller:
    """File descriptors and the events they wait for. epoll's event numbers are poll's."""

    def __init__(self) -> None:
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._poll = self._epoll or select.poll()
        self._events: dict[int, int] = {}

    def set(self, fd: int, events: int) -> None:
        """Wait for `events` (READABLE, WRITABLE or both) on `fd` from now on."""
        known = self._events.get(fd)
        if known == events:
            return
        if known is None:
            self._poll.register(fd, events)
        else:
            self._poll.modify(fd, events)
        self._events[fd] = events

    def drop(self, fd: int) -> None:
        """Stop waiting on `fd`; it may be closed already, or never have been set."""
        if self._events.pop(fd, None) is not None:
            with contextlib.suppress(OSError, KeyError):
                self._poll.unregister(fd)

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        """The descriptors that are ready, with their events; empty after `timeout_s`."""
        return self._poll.poll(timeout_s if self._epoll else timeout_s * 1000)

    def close(self) -> None:
        """Let go of the kernel's object."""
        self._events.clear()
        if self._epoll:
            self._epoll.close()
