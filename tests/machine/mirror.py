"""A receiver that answers with everything it was sent, headers and body: what is secret comes back."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Mirror:
    """Answers 200 on /ok and 500 on /fail; both with status OK in JSON and what was sent.

    /token gives `token` as an OAuth server would.
    """

    def __init__(self, token: dict[str, Any]) -> None:
        self.bodies: list[bytes] = []
        self.token = token
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> Mirror:
        """Listen."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close."""
        self._server.shutdown()
        self._server.server_close()

    def at(self, path: str) -> str:
        """An address of it."""
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                mirror.bodies.append(body)
                sent = {"headers": dict(self.headers), "body": body.decode()}
                answer = mirror.token if self.path == "/token" else {"status": "OK", "you_sent": sent}
                text = json.dumps(answer).encode()
                self.send_response(500 if self.path == "/fail" else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                for name in ("Authorization", "X-Api-Key", "X-Team"):
                    if name in self.headers:
                        self.send_header(f"X-You-Sent-{name}", self.headers[name])
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_words: object) -> None:
                pass

        return Handler
