"""What a loop remembers between transfers, all of it bounded and all of it possible to find out again."""

import time
from typing import Any

from .address import Place, locate
from .policy import OutboundPolicy

MAX_REMEMBERED = 10_000
WARY_FOR_S = 60.0

Key = tuple[str, int]


class Memory:
    """Checked addresses, names that libcurl knows, and receivers whose kept connections are not trusted."""

    def __init__(self) -> None:
        self.policy: OutboundPolicy | None = None
        self._places: dict[str, Place] = {}
        self._told: dict[Key, tuple[str, ...]] = {}
        self._wary_until: dict[Key, float] = {}

    def is_own(self, policy: OutboundPolicy) -> bool:
        """Say whether this is the loop's own policy: the first one it was given."""
        if self.policy is None:
            self.policy = policy
        return policy is self.policy or policy == self.policy

    def place(self, url: str, own: OutboundPolicy) -> Place:
        """`locate` by the loop's own policy (`is_own`), remembered. Raises AddressRefused."""
        place = self._places.get(url)
        if place is None:
            _bound(self._places)
            place = self._places[url] = locate(url, own)
        return place

    def addresses_to_tell(self, key: Key, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """The addresses libcurl must be told for this transfer; none if its cache holds them still.

        libcurl keeps them for a minute, our own answers live half as long.
        """
        return () if self._told.get(key) is addresses else addresses

    def note_success(self, key: Key, addresses: tuple[str, ...]) -> None:
        """Note that libcurl has taken in these addresses."""
        _bound(self._told)
        self._told[key] = addresses

    def note_failure(self, key: Key, fault: str | None) -> None:
        """Forget what a failure may have changed, and do not trust kept connections for a while.

        A dead HTTP/2 connection would go on to take new requests; a receiver that closes without saying so
        would lose the next one.
        """
        self._told.pop(key, None)
        if fault in ("reset", "read_timeout"):
            _bound(self._wary_until)
            self._wary_until[key] = time.monotonic() + WARY_FOR_S

    def is_wary(self, key: Key) -> bool:
        """Say whether a transfer should use a connection of its own."""
        until = self._wary_until.get(key)
        if until is None:
            return False
        if until > time.monotonic():
            return True
        del self._wary_until[key]
        return False


def _bound(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= MAX_REMEMBERED:
        remembered.clear()
