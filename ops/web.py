"""The web server: its command line, whether its port is free, whether it answers.

`python -m ops.web` is `make web`: the web server alone.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import resource
import socket
import sys

from ops.settings import ROOT, StartSettings, read_start_settings
from ops.trouble import Trouble

# Connections that may be open at once, idle ones included, and those that may wait to be taken.
CONNECTIONS, BACKLOG = 16_384, 2_048
# A head that takes longer is not waited for.
HEAD_MS = 15_000
# After SIGTERM, requests under way have this long.
STOP_S = 15


def web_command(settings: StartSettings) -> list[str]:
    """The command line of the web server."""
    options = {
        "--interface": "asgi",
        "--host": settings.host,
        "--port": str(settings.port),
        "--http": "1",
        "--workers": str(settings.web_processes),
        "--backlog": str(BACKLOG),
        "--backpressure": str(CONNECTIONS),
        "--http1-header-read-timeout": str(HEAD_MS),
        "--workers-kill-timeout": str(STOP_S),
        "--log-level": "error",
    }
    flat = [word for option in options.items() for word in option]
    return [sys.executable, "-m", "granian", *flat, "--no-ws", "--no-access-log", "app.front.asgi:app"]


def web_environment() -> dict[str, str]:
    """What the web server's environment says besides: memory that many threads freed is used again, not kept apart."""
    return {"MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2")}


def allow_many_connections() -> None:
    """As many open files as the machine lets this process and its children have: each connection is one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def check_port(settings: StartSettings) -> None:
    """Raise `Trouble` unless the web server will be able to listen."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except OSError:
        raise Trouble(f"HOST is not an address of this machine: {settings.host!r}.") from None
    family, kind, _, _, address = found[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            raise Trouble(
                f"Port {settings.port} needs more rights: choose one above 1023 with PORT."
            ) from None
        except OSError as error:
            raise Trouble(_why_not(settings, error)) from None
    if _somebody_answers(settings):  # a bind succeeds on macOS if the other listens on all addresses
        raise Trouble(_why_not(settings))


def _why_not(settings: StartSettings, error: OSError | None = None) -> str:
    if error is None or error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is in use: stop what listens there, or choose another with PORT=8001."
    return f"HOST is not an address of this machine: {settings.host!r}."


def _somebody_answers(settings: StartSettings) -> bool:
    try:
        with socket.create_connection((settings.near_host, settings.port), timeout=0.5):
            return True
    except OSError:
        return False


def is_healthy(settings: StartSettings, timeout_s: float = 2.0) -> bool:
    """True if the web server answers /healthz without a fault of its own."""
    connection = http.client.HTTPConnection(settings.near_host, settings.port, timeout=timeout_s)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """Become the web server. Returns an exit code only if that is impossible."""
    os.chdir(ROOT)
    try:
        settings = read_start_settings()
        check_port(settings)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"The web server starts at {settings.base_url or settings.near_url}", flush=True)
    command = web_command(settings)
    allow_many_connections()
    os.environ.update(web_environment())
    os.execv(command[0], command)  # noqa: S606 (so that signals reach it directly)
    return 1


if __name__ == "__main__":
    sys.exit(main())
