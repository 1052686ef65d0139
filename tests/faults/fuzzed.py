"""What badly behaved receivers, publishers and people send: made up, and the same for the same seed."""

from __future__ import annotations

import base64
import gzip
import json
import random
import zlib
from collections.abc import Sequence
from urllib.parse import quote

NAMES = ("Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Retry-After", "Location")
NAMES += ("Set-Cookie", "Connection", "webhook-delivery", "Date", "X-A", "X-" + "b" * 3000, "Bad Name", "")
VALUES = (
    "",
    "0",
    "-1",
    "99999999999999999999",
    "gzip",
    "deflate",
    "br",
    "gzip, gzip",
    "UTF-8",
    "chunked",
    "close",
)
VALUES += (
    "text/html; charset=windows-1251",
    "text/html; charset=\x00",
    "application/json",
    "abort-message",
    "é\xff",
)
VALUES += (
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "http://127.0.0.1/",
    "//",
    "javascript:alert(1)",
    "upgrade",
    "x" * 9000,
)
TEXTS = (
    "",
    "0",
    "\x00",
    "\ud800",
    "é",
    "e\u0301",
    "\u202e",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%00",
    "%",
    "_",
)
TEXTS += (
    "\\",
    "🦊" * 300,
    "1e400",
    "-0",
    "NaN",
    "null",
    "{{7*7}}",
    "2026-11-26T10:00:00Z",
    "0001-01-01",
    "a" * 5000,
)
NUMBERS = (0, -1, 1.5, 1e308, 5e-324, 10**40, -(10**30), 2**63, 2**53 + 1, True, None)


class Fuzzer:
    """Makes everything up."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def answer(self) -> bytes:
        """What a receiver or a token server answers: nearly HTTP, at times less."""
        body = self._body()
        status = self.dice.choice((200, 200, 201, 204, 301, 304, 400, 401, 410, 429, 500, 503, 99, 999))
        lines = [f"HTTP/1.{self.dice.choice('0119')} {status} {self.dice.choice(('OK', '', 'é', 'x' * 500))}"]
        for _ in range(self.dice.randrange(6)):
            lines.append(f"{self.dice.choice(NAMES)}: {self.dice.choice(VALUES)}")
        if self.dice.random() < 0.7:
            lines.append(f"Content-Length: {len(body) + self.dice.choice((0, 0, 0, 5, -3))}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        before = b"HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n" * self.dice.choice((0, 0, 0, 1, 30))
        return self._damaged(before + head + body)

    def _body(self) -> bytes:
        text = json.dumps(self.value(3)).encode()
        token = json.dumps(
            {"access_token": self.value(1), "expires_in": self.value(0), "error": self.value(1)}
        ).encode()
        plain = self.dice.choice(
            (b"", text, token, b'{"status":"OK"}', b"\xef\xbb\xbf" + token, b"\xff\x00" * 400)
        )
        pack = self.dice.choice((bytes, bytes, bytes, gzip.compress, zlib.compress, _bomb, _deep))
        return pack(plain)

    def _damaged(self, data: bytes) -> bytes:
        """Often as it is; else cut, or with bytes changed or said again."""
        if self.dice.random() < 0.6 or not data:
            return data
        at = self.dice.randrange(len(data))
        return self.dice.choice(
            (
                data[:at],
                data[:at] + self.dice.randbytes(3) + data[at + 1 :],
                data[:at] + data[at : at + 50] * 3 + data[at + 50 :],
                data + data,
            )
        )

    def value(self, depth: int) -> object:
        """A value of JSON, as odd as they come."""
        kind = self.dice.randrange(6)
        if depth and kind == 0:
            return {str(self._text()): self.value(depth - 1) for _ in range(self.dice.randrange(4))}
        if depth and kind == 1:
            return [self.value(depth - 1) for _ in range(self.dice.randrange(4))]
        return self._text() if kind < 4 else self.dice.choice(NUMBERS)

    def event(self) -> bytes:
        """The body of a publisher's call."""
        event = {
            "type": self.dice.choice(("lead.created", "lead.created", "deal.created", self._text())),
            "data": self.value(4)
            if self.dice.random() < 0.2
            else {self._text(): self.value(3), "n": self.value(1)},
        }
        for name in ("object_id", "occurred_at", "idempotency_key", "actor_id", "project_id", "colour"):
            if self.dice.random() < 0.15:
                event[name] = self.value(1)
        return (
            self._damaged(json.dumps(event).encode())
            if self.dice.random() < 0.3
            else json.dumps(event).encode()
        )

    def headers(self) -> dict[str, bytes]:
        """What a program sends along."""
        odd = {"Idempotency-Key": self._text(), "Content-Encoding": "gzip", "Accept-Language": self._text()}
        kept = {name: text for name, text in odd.items() if self.dice.random() < 0.1}
        clean = str.maketrans("", "", "\r\n\x00")
        return {name: text.translate(clean).encode("utf-8", "replace").strip() for name, text in kept.items()}

    def query(self, names: Sequence[str]) -> str:
        """Query parameters of a page or a list."""
        some = self.dice.sample(names, self.dice.randrange(1, min(3, len(names)) + 1))
        pairs = [(name, self._cursor() if name == "cursor" else self._text()) for name in some]
        return "&".join(
            f"{quote(name)}={quote(text.encode('utf-8', 'surrogatepass'))}" for name, text in pairs
        )

    def _cursor(self) -> str:
        """What could be a cursor, had we made it."""
        inside = self.dice.choice(("evt_", "dlv_", "whk_", "0" * 12, "", "~")) + self._text()
        return base64.urlsafe_b64encode(inside.encode("utf-8", "surrogatepass")).decode().rstrip("=")

    def _text(self) -> str:
        if self.dice.random() < 0.2:
            return "".join(chr(self.dice.randrange(1, 0x2FF)) for _ in range(self.dice.randrange(12)))
        return self.dice.choice(TEXTS)


def _bomb(_plain: bytes) -> bytes:
    return gzip.compress(b"0" * 20_000_000, 9)


def _deep(_plain: bytes) -> bytes:
    return b"[" * 100_000
