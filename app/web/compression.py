"""Answers travel compressed: a first load is a sixth of its size on a phone's connection.

A page may hold a secret beside text that a stranger chose, and the length of a compressed answer could tell
about both (the BREACH attack). So each carries a random amount of padding, in the place that gzip has for
a file's name ("Heal the BREACH", 2022).
"""

from __future__ import annotations

import gzip
import io
import secrets
import string
from functools import lru_cache

from flask import Flask, Response, request

KINDS = {
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "image/svg+xml",
}
WORTH_IT = 800
MOST_PADDING = 100


def install(app: Flask) -> None:
    """Compress what is text, for who can read it."""
    app.after_request(_compressed)


def _compressed(response: Response) -> Response:
    if response.mimetype not in KINDS or response.status_code not in {200, 201, 422}:
        return response
    response.vary.add("Accept-Encoding")
    if response.content_encoding or not request.accept_encodings["gzip"]:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < WORTH_IT:
        return response
    is_file = request.endpoint == "static"
    response.set_data(_small_file(body) if is_file else pack(body, secrets.randbelow(MOST_PADDING)))
    response.content_encoding = "gzip"
    if response.headers.get("ETag"):
        response.headers["ETag"] = "W/" + response.headers["ETag"].removeprefix("W/")
    return response


def pack(body: bytes, padding: int) -> bytes:
    """gzip with `padding` random letters in place of a file name."""
    letters = "".join(secrets.choice(string.ascii_letters) for _ in range(padding))
    buffer = io.BytesIO()
    with gzip.GzipFile(letters, "wb", 5, buffer, mtime=0) as file:
        file.write(body)
    return buffer.getvalue()


@lru_cache(maxsize=64)
def _small_file(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)
