"""Sites under https on this machine: one that serves a few pages, and one that stands before the program."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme


def tls_for(*hosts: str) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that only a browser takes that is told to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(*hosts).configure_cert(context)
    return context


class Site:
    """Serves pages by path, as `text/html`. Fill `pages` at any time."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.socket = tls_for("127.0.0.1").wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        """Its origin; to a browser another site than `localhost`."""
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path, "<!doctype html>").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        return Handler


class TlsFront:
    """Takes connections under https at a port and hands their bytes to another port, as a proxy does."""

    def __init__(self, port: int, to_port: int) -> None:
        self._to = ("127.0.0.1", to_port)
        self._tls = tls_for("localhost")
        self._listening = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Stop it."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(connection,), daemon=True).start()

    def _join(self, plain: socket.socket) -> None:
        with (
            suppress(OSError),
            self._tls.wrap_socket(plain, server_side=True) as outside,
            socket.create_connection(self._to) as inside,
        ):
            back = threading.Thread(target=_copy, args=(inside, outside), daemon=True)
            back.start()
            _copy(outside, inside)
            back.join(timeout=60)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
