"""Real receivers on loopback for the tests: polite, rude and hostile ones, each on its own thread."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable

from dnslib import QTYPE, RR, A, DNSRecord

STATUS_OK = b"HTTP/1.1 200 OK\r\n"
OK_HEAD = STATUS_OK + b"Content-Type: application/json\r\nContent-Length: 15\r\n\r\n"
OK_ANSWER = OK_HEAD + b'{"status":"OK"}'

Script = Callable[[socket.socket], None]


class Receiver:
    """Accepts connections and hands each to `script` on a thread; counts connections, keeps requests."""

    def __init__(
        self, script: Script | None = None, *, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self.script = script or self.answer_ok
        self.tls = tls
        self.connections = 0
        self.requests: list[bytes] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, 0), family=family, backlog=128)
        self.address = address
        self.port: int = self.listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self.closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/hook", host: str | None = None) -> str:
        """This receiver's address."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host or self.address}:{self.port}{path}"

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _peer = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            self.script(connection)
        with contextlib.suppress(OSError):
            connection.close()

    def read_request(self, connection: socket.socket) -> bytes:
        """One request with its body; empty when the sender is gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                break
            body += piece
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]

    def answer_ok(self, connection: socket.socket) -> None:
        """Answer every request on a connection that is kept alive."""
        while request := self.read_request(connection):
            connection.sendall(OK_HEAD if request.startswith(b"HEAD") else OK_ANSWER)

    def close(self) -> None:
        """Stop listening and hang up on everyone."""
        self.closing.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.close()


def after_request(send: Script) -> Script:
    """A script that reads what came and then does `send`."""

    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        send(connection)

    return script


def says(*pieces: bytes) -> Script:
    """A script that reads what came and answers this."""
    return after_request(lambda connection: connection.sendall(b"".join(pieces)))


def hang_up_hard(connection: socket.socket) -> None:
    """RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def compressed(encoding: bytes, body: bytes) -> Script:
    """A script that answers 200 with a body said to be in this encoding."""
    head = STATUS_OK + b"Content-Encoding: " + encoding + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    return says(head, body)


class NameServer:
    """A real DNS server on a UDP port whose answers a test can change."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                data, sender = self._socket.recvfrom(4096)
            except OSError:
                return
            query = DNSRecord.parse(data)
            name = str(query.q.qname).rstrip(".")
            self.asked.append(name)
            reply = query.reply()
            for address in self.answers.get(name, []):
                reply.add_answer(RR(query.q.qname, QTYPE.A, rdata=A(address), ttl=0))
            self._socket.sendto(reply.pack(), sender)

    def lookup(self, host: str) -> list[str]:
        """What the system's resolver would say, if this were its name server."""
        answer = DNSRecord.parse(DNSRecord.question(host).send("127.0.0.1", self.port, timeout=5))
        found = [str(entry.rdata) for entry in answer.rr]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    def close(self) -> None:
        """Stop answering."""
        self._socket.close()
