"""A mail server: a real one on loopback that keeps what it takes, or refuses as it is told."""

from __future__ import annotations

import email
import email.policy
import time
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session

from tests.machine.ports import free_port


class MailServer:
    """Takes every letter until told otherwise. Its port stays the same when it is stopped and started."""

    def __init__(self) -> None:
        self.port = free_port()
        self.letters: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.temporary = False
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """Its SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> MailServer:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def wait_for(self, about: str, seconds: float = 30.0) -> EmailMessage:
        """Wait for a letter with this in its subject. Raises `TimeoutError` if none comes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for letter in list(self.letters):
                if about in letter["subject"]:
                    return letter
            time.sleep(0.05)
        raise TimeoutError(f"No letter about {about!r} came within {seconds} s")

    async def handle_RCPT(
        self, _server: Server, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Refuse the recipients it was told to."""
        if answer := self.refused.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Server, _session: Session, envelope: Envelope) -> str:
        """Take a letter."""
        if self.temporary:
            return "451 Come again later"
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(email.message_from_bytes(content, policy=email.policy.default))  # type: ignore[arg-type]
        return "250 Taken"
