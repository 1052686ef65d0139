"""Collect an answer as it arrives, within fixed bounds."""

from functools import lru_cache

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_READ = 1024 * 1024
MAX_BODY_KEPT = 64 * 1024
# Most header lines come again and again; of longer ones too many would have to be remembered.
SHORT_LINE = 200

ABORT = -1


class Answer:
    """Header lines and body of one answer.

    `lines` gets every header line from libcurl, those of interim (1xx) answers too, by its own `append`:
    no code of ours runs for a line. libcurl stops at 300 KiB of them by itself.
    """

    __slots__ = ("body", "body_size", "lines", "truncated")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.clear()

    def clear(self) -> None:
        """Forget everything, for the next transfer."""
        self.lines.clear()
        self.body = b""
        self.body_size = 0
        self.truncated = False

    def on_body(self, chunk: bytes) -> int | None:
        """libcurl's WRITEFUNCTION: a decoded piece of the body. Keep the beginning, stop at the limit."""
        before, self.body_size = self.body_size, self.body_size + len(chunk)
        if self.body_size <= MAX_BODY_KEPT:
            self.body += chunk
            return None
        if before < MAX_BODY_KEPT:
            self.body += chunk[: MAX_BODY_KEPT - before]
        if self.body_size > MAX_BODY_READ:
            self.body_size = MAX_BODY_READ
            self.truncated = True
            return ABORT
        return None

    def head(self) -> list[bytes]:
        """The lines of the last answer: its status line, headers, the empty line, and trailers if any."""
        lines = self.lines
        for start in range(len(lines) - 1, 0, -1):
            if lines[start].startswith(b"HTTP/"):
                return lines[start:]
        return lines


def is_whole(head: list[bytes]) -> bool:
    """Say whether the empty line after the headers came; libcurl lets a head pass that broke off."""
    return b"\r\n" in head or b"\n" in head


def headers_of(head: list[bytes]) -> list[tuple[str, str]]:
    """Name and value of each header. Bytes outside ASCII are read as Latin-1; NUL is shown as `\\0`."""
    pairs = [_known_pair(line) if len(line) <= SHORT_LINE else _pair(line) for line in head[1:]]
    return [pair for pair in pairs if pair is not None]


def _pair(line: bytes) -> tuple[str, str] | None:
    text = line.decode("latin-1")
    if "\0" in text:
        text = text.replace("\0", "\\0")
    name, colon, value = text.partition(":")
    return (name.strip(), value.strip()) if colon else None


_known_pair = lru_cache(maxsize=4096)(_pair)
