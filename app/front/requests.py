"""A request's head as the front sees it, and the WSGI environment that Flask gets for it."""

from __future__ import annotations

import io
import sys
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

Scope = dict[str, Any]
Environ = dict[str, Any]

_BARE = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
# Said about the way the body came, which is over.
_OF_THE_WAY = frozenset({"transfer-encoding", "expect"})


class RequestHead:
    """Method, path and headers. Names of headers are lower case; the last of several values counts.

    `key_id`: of the API key that it carries, once that was found good.
    """

    __slots__ = ("headers", "key_id", "method", "path", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.key_id: str | None = None

    def header(self, name: bytes) -> str | None:
        """A header's value, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def has_body(self) -> bool:
        """True if a body follows, as far as the head says."""
        length = self.headers.get(b"content-length")
        return b"transfer-encoding" in self.headers or length not in {None, b"0"}

    @property
    def declared_bytes(self) -> int:
        """How long the body says that it is; 0 if it does not say."""
        length = self.headers.get(b"content-length", b"0")
        return int(length) if length.isdigit() else 0


def environ_of(scope: Scope, body: bytes = b"", length: int | None = None) -> Environ:
    """The environment by PEP 3333. `length`: what CONTENT_LENGTH says, if it is not the length of the body."""
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": (scope.get("server") or ("localhost", ""))[0],
        "SERVER_PORT": str((scope.get("server") or ("", "80"))[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("", ""))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    _add_headers(environ, scope["headers"])
    environ["CONTENT_LENGTH"] = str(len(body) if length is None else length)
    return environ


def visitors_address(app: Flask, environ: Environ) -> str:
    """The network address that a request came from, by the word of the proxies that are trusted and no others."""
    if proxies := app.config["SETTINGS"].trusted_proxies:
        ProxyFix(lambda *_call: [], x_for=proxies, x_proto=0, x_host=0)(environ, lambda *_head: None)  # type: ignore[arg-type]
    return str(environ["REMOTE_ADDR"])


def _add_headers(environ: Environ, headers: list[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in _OF_THE_WAY or "_" in name:  # an underscore could pass for another header's dash
            continue
        key = _BARE.get(name) or "HTTP_" + name.upper().replace("-", "_")
        if key in environ:
            value = environ[key] + (";" if name == "cookie" else ",") + value
        environ[key] = value
