"""What a loop remembers between transfers, all of it bounded and all of it possible to find out again."""

import time

from .address import Place, locate
from .bounded import Bounded
from .policy import OutboundPolicy

PLACES_BYTES = 4 * 1024 * 1024
ADDRESSES_BYTES = 2 * 1024 * 1024
ADDRESS_BYTES = 100
PLACE_BYTES = 500
WARY_FOR_S = 60.0

Key = tuple[str, int]


class Memory:
    """Checked addresses, names that libcurl knows, and receivers whose kept connections are not trusted."""

    def __init__(self) -> None:
        self.policy: OutboundPolicy | None = None
        self._places: Bounded[str, Place] = Bounded(PLACES_BYTES)
        self._told: Bounded[Key, tuple[str, ...]] = Bounded(ADDRESSES_BYTES)
        self._wary_until: Bounded[Key, float] = Bounded(ADDRESSES_BYTES)

    def is_own(self, policy: OutboundPolicy) -> bool:
        """Say whether this is the loop's own policy: the first one it was given."""
        if self.policy is None:
            self.policy = policy
        return policy is self.policy or policy == self.policy

    def place(self, url: str, own: OutboundPolicy) -> Place:
        """`locate` by the loop's own policy (`is_own`), remembered. Raises AddressRefused."""
        place = self._places.get(url)
        if place is None:
            place = locate(url, own)
            self._places.put(url, place, len(url) + len(place.url) + PLACE_BYTES)
        return place

    def addresses_to_tell(self, key: Key, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """The addresses libcurl must be told for this transfer; none if its cache holds them still.

        libcurl keeps them for a minute, our own answers live half as long.
        """
        return () if self._told.get(key) is addresses else addresses

    def note_success(self, key: Key, addresses: tuple[str, ...]) -> None:
        """Note that libcurl has taken in these addresses."""
        if self._told.get(key) is not addresses:
            self._told.put(key, addresses, len(key[0]) + ADDRESS_BYTES * len(addresses))

    def note_failure(self, key: Key, fault: str | None) -> None:
        """Forget what a failure may have changed, and do not trust kept connections for a while.

        A dead HTTP/2 connection would go on to take new requests; a receiver that closes without saying so
        would lose the next one.
        """
        self._told.forget(key)
        if fault in ("reset", "read_timeout"):
            self._wary_until.put(key, time.monotonic() + WARY_FOR_S, len(key[0]))

    def is_wary(self, key: Key) -> bool:
        """Say whether a transfer should use a connection of its own."""
        until = self._wary_until.get(key)
        if until is None:
            return False
        if until > time.monotonic():
            return True
        self._wary_until.forget(key)
        return False
