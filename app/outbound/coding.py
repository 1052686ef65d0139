"""Content-Encoding of an answer: we decode what we asked for (gzip, deflate) and keep everything else as it came.

libcurl would throw the body away for a coding that it does not know, also for words that are none (`UTF-8`).
"""

import zlib
from collections.abc import Iterator

_MARK = b"content-encoding:"
# RFC 9110, 8.4.1: x-gzip is gzip. 32: gzip and zlib are told apart by their first bytes.
_WINDOWS = {"gzip": 32 + zlib.MAX_WBITS, "x-gzip": 32 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_RAW_DEFLATE = -zlib.MAX_WBITS
# As libcurl has it: each costs time, and nobody needs more.
MOST_CODINGS = 5
# At a time, so that little memory is needed; and by one coding alone, so that a bomb inside another costs little.
PIECE = 32 * 1024
MOST_DECODED = 2 * 1024 * 1024


class _CodingStage:
    """One coding, decoded piece by piece."""

    __slots__ = ("_coding", "_made", "_zlib")

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._made = 0
        self._zlib: zlib._Decompress | None = None

    @property
    def ended(self) -> bool:
        return self._zlib is not None and self._zlib.eof

    def decode(self, piece: bytes) -> Iterator[bytes]:
        """What the piece adds, in small parts. Raises zlib.error."""
        if piece and self._zlib is None:
            self._zlib = zlib.decompressobj(self._window(piece))
        while piece and self._zlib is not None and not self._zlib.eof:
            part = self._zlib.decompress(piece, PIECE)
            piece = self._zlib.unconsumed_tail
            self._made += len(part)
            if self._made > MOST_DECODED:
                raise zlib.error("more than is read of an answer")
            yield part

    def _window(self, piece: bytes) -> int:
        """Some send `deflate` without the two bytes that zlib begins with (RFC 1950, 2.2)."""
        bare = piece[0] & 15 != 8 or (len(piece) > 1 and int.from_bytes(piece[:2], "big") % 31 != 0)
        return _RAW_DEFLATE if self._coding == "deflate" and bare else _WINDOWS[self._coding]


class Decoder:
    """Decodes a body piece by piece, in parts of at most 32 KiB, however much a piece holds."""

    __slots__ = ("_stages", "broken")

    def __init__(self, codings: list[str]) -> None:
        """`codings`: names that `decoder_for` knows, in the order in which they were applied."""
        self._stages = [_CodingStage(coding) for coding in reversed(codings)]
        self.broken = False

    @property
    def ended(self) -> bool:
        """True if the end that the coding itself has was seen."""
        return self._stages[-1].ended

    def decode(self, piece: bytes) -> Iterator[bytes]:
        """What the piece adds; nothing more, and `broken`, once it cannot be decoded."""
        try:
            if not self.broken:
                yield from self._through(0, piece)
        except zlib.error:
            self.broken = True

    def _through(self, number: int, piece: bytes) -> Iterator[bytes]:
        for part in self._stages[number].decode(piece):
            if number + 1 < len(self._stages):
                yield from self._through(number + 1, part)
            else:
                yield part


def named_coding(lines: list[bytes]) -> str:
    """The value of Content-Encoding among header lines, in lower case; empty without one, or if it is identity."""
    found = [line[len(_MARK) :] for line in lines if line[: len(_MARK)].lower() == _MARK]
    if not found:
        return ""
    names = b",".join(found).decode("latin-1").lower().split(",")
    return ", ".join(name for name in map(str.strip, names) if name not in ("", "identity"))


def decoder_for(coding: str) -> Decoder | None:
    """A decoder for what `named_coding` found; None if we did not ask for it, or there is none."""
    codings = coding.split(", ") if coding else []
    known = 0 < len(codings) <= MOST_CODINGS and all(name in _WINDOWS for name in codings)
    return Decoder(codings) if known else None
