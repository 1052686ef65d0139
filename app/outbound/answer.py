"""Collect an answer as it arrives, within fixed bounds."""

from typing import NamedTuple

from .bounded import Bounded
from .coding import Decoder, decoder_for, named_coding

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_READ = 1024 * 1024
MAX_BODY_KEPT = 64 * 1024
# A receiver's heads hardly change from one answer to the next; of longer ones too many would have to be remembered.
SHORT_HEAD = 2048
HEADS_BYTES = 2 * 1024 * 1024
# What a header costs in memory besides its characters: a pair and two texts.
PAIR_BYTES = 200

_HTTP_VERSIONS = {b"1.0": "1.0", b"1.1": "1.1", b"2": "2"}

ABORT = -1


class Head(NamedTuple):
    """The head of an answer as it is kept. whole: the empty line after the headers came. size: bytes, those of
    interim answers included.

    headers: name and value of each. Bytes outside ASCII are read as Latin-1; NUL is shown as `\\0`.
    """

    http_version: str
    headers: list[tuple[str, str]]
    whole: bool
    size: int


class Answer:
    """Header lines and body of one answer.

    `lines` gets every header line from libcurl, those of interim (1xx) answers too, by its own `append`:
    no code of ours runs for a line. libcurl stops at 300 KiB of them by itself.
    """

    __slots__ = (
        "_decoder",
        "_pieces",
        "_raw",
        "_raw_size",
        "_started",
        "body_size",
        "coding",
        "lines",
        "truncated",
    )

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.clear()

    def clear(self) -> None:
        """Forget everything, for the next transfer."""
        self.lines.clear()
        self._pieces: list[bytes] = []
        self.body_size = 0
        self.truncated = False
        # The value of Content-Encoding, known once the body begins.
        self.coding = ""
        self._started = False
        self._decoder: Decoder | None = None
        self._raw = bytearray()
        self._raw_size = 0

    def on_body(self, chunk: bytes) -> int | None:
        """libcurl's WRITEFUNCTION: a piece of the body as it was sent. Keep the beginning, stop at the limit."""
        if not self._started:
            self._started = True
            self.coding = named_coding(self.lines)
            self._decoder = decoder_for(self.coding)
        if self._decoder is None:
            return self._take(chunk)
        return self._take_encoded(self._decoder, chunk)

    def trouble(self) -> str:
        """What is wrong with the coding of the body, empty if nothing is. One that is broken stays as it came."""
        decoder = self._decoder
        if decoder is None:
            return f"We cannot decode Content-Encoding: {self.coding[:80]}." if self.coding else ""
        if decoder.broken:
            self._pieces, self.body_size = [bytes(self._raw)], self._raw_size
            return f"The body is not in the encoding that its header names, Content-Encoding: {self.coding[:80]}."
        if not decoder.ended and not self.truncated:
            return f"The body ends in the middle of its encoding, Content-Encoding: {self.coding[:80]}."
        return ""

    def _take_encoded(self, decoder: Decoder, chunk: bytes) -> int | None:
        """Decode it; as much as is kept stays as it came, too, for the case that it cannot be decoded."""
        if self._raw_size < MAX_BODY_KEPT:
            self._raw += chunk[: MAX_BODY_KEPT - self._raw_size]
        self._raw_size += len(chunk)
        for part in decoder.decode(chunk):
            if self._take(part) == ABORT:
                return ABORT
        if self._raw_size > MAX_BODY_READ:  # also of what decodes to nothing there is no more
            self.truncated = True
            return ABORT
        return None

    def _take(self, chunk: bytes) -> int | None:
        before, self.body_size = self.body_size, self.body_size + len(chunk)
        if self.body_size <= MAX_BODY_KEPT:
            self._pieces.append(chunk)
            return None
        if before < MAX_BODY_KEPT:
            self._pieces.append(chunk[: MAX_BODY_KEPT - before])
        if self.body_size > MAX_BODY_READ:
            self.body_size = MAX_BODY_READ
            self.truncated = True
            return ABORT
        return None

    @property
    def body(self) -> bytes:
        """The beginning of the body. Joined once: it may come byte by byte."""
        pieces = self._pieces
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def head(self) -> Head:
        """The head of the last answer; its trailers, if any, are among its headers."""
        raw = b"".join(self.lines)
        known = _heads.get(raw)
        if known is None:
            known = _read(self.lines, len(raw))
            if len(raw) <= SHORT_HEAD:
                _heads.put(raw, known, 2 * len(raw) + PAIR_BYTES * len(known.headers))
        return known


_heads: Bounded[bytes, Head] = Bounded(HEADS_BYTES)


def _read(lines: list[bytes], size: int) -> Head:
    last = _last_answer(lines)
    if not last:
        return Head("", [], whole=False, size=size)
    version = _HTTP_VERSIONS.get(last[0][5:].partition(b" ")[0], "")
    pairs = [pair for line in last[1:] if (pair := _pair(line)) is not None]
    # libcurl lets a head pass that broke off.
    return Head(version, pairs, b"\r\n" in last or b"\n" in last, size)


def _last_answer(lines: list[bytes]) -> list[bytes]:
    """From the last status line on: those before are of interim (1xx) answers."""
    for start in range(len(lines) - 1, 0, -1):
        if lines[start].startswith(b"HTTP/"):
            return lines[start:]
    return lines


def _pair(line: bytes) -> tuple[str, str] | None:
    text = line.decode("latin-1")
    if "\0" in text:
        text = text.replace("\0", "\\0")
    name, colon, value = text.partition(":")
    return (name.strip(), value.strip()) if colon else None
