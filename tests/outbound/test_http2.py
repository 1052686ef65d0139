"""HTTP/2, with a real server that offers it."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from app.outbound import Exchange, OutboundPolicy, TransferLoop

from .conftest import a_request

APPLICATION = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    size = int(scope["path"].strip("/"))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-size", str(size).encode())]})
    await send({"type": "http.response.body", "body": b"x" * size})
"""


@pytest.fixture
def an_http2_receiver(tmp_path: Path, authority: trustme.CA) -> Iterator[int]:
    """The port of a server process that speaks HTTP/2 over TLS."""
    (tmp_path / "receiver.py").write_text(APPLICATION)
    certificate = authority.issue_cert("h2.example")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "chain.pem"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--ssl-certificate", "chain.pem", "--ssl-keyfile", "key.pem", "receiver:app"]
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(5)


def test_http2_is_used_when_offered(an_http2_receiver: int, local_policy: OutboundPolicy) -> None:
    loop = TransferLoop(lookup=lambda _host: ["127.0.0.1"])
    url = f"https://h2.example:{an_http2_receiver}/"
    for _round in range(2):
        sizes = [10, 2_000_000, 20, 30]
        for size in sizes:
            loop.submit(a_request(f"{url}{size}"), size, local_policy)
        done: dict[object, Exchange] = {}
        while loop.in_flight:
            done.update(loop.run(5))
        assert {exchange.http_version for exchange in done.values()} == {"2"}
        assert {(exchange.fault, exchange.status) for exchange in done.values()} == {(None, 200)}
        assert [done[size].truncated for size in sizes] == [False, True, False, False]
        assert ("x-size", "20") in done[20].headers
    loop.close()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the server did not start")
