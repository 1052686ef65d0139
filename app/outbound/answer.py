"""Collect an answer as it arrives, within fixed bounds."""

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_READ = 1024 * 1024
MAX_BODY_KEPT = 64 * 1024

ABORT = -1


class Answer:
    """Header lines and body of one answer. The `on_` methods are libcurl's callbacks."""

    __slots__ = ("body", "body_size", "header_bytes", "lines", "too_large", "truncated")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything, for the next transfer."""
        self.lines: list[bytes] = []
        self.body: list[bytes] = []
        self.header_bytes = 0
        self.body_size = 0
        self.too_large = False
        self.truncated = False

    def on_header(self, line: bytes) -> int | None:
        """Take one header line. All interim (1xx) answers count towards the limit; the last one is kept."""
        self.header_bytes += len(line)
        if self.header_bytes > MAX_HEADER_BYTES:
            self.too_large = True
            return ABORT
        if line.startswith(b"HTTP/"):
            self.lines = []
        self.lines.append(line)
        return None

    def on_body(self, chunk: bytes) -> int | None:
        """Take a decoded piece of the body; keep its beginning, and stop the transfer at the limit."""
        room = MAX_BODY_KEPT - self.body_size
        if room > 0:
            self.body.append(chunk if len(chunk) <= room else chunk[:room])
        self.body_size += len(chunk)
        if self.body_size > MAX_BODY_READ:
            self.body_size = MAX_BODY_READ
            self.truncated = True
            return ABORT
        return None

    def has_whole_head(self) -> bool:
        """Say whether the empty line after the headers came; libcurl lets a head pass that broke off."""
        return b"\r\n" in self.lines or b"\n" in self.lines

    def headers(self) -> list[tuple[str, str]]:
        """Name and value of each header. Bytes outside ASCII are read as Latin-1; NUL is shown as `\\0`."""
        headers: list[tuple[str, str]] = []
        for line in self.lines[1:]:
            text = line.decode("latin-1")
            if "\0" in text:
                text = text.replace("\0", "\\0")
            name, colon, value = text.partition(":")
            if colon:
                headers.append((name.strip(), value.strip()))
        return headers
