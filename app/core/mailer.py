"""The way to the mail server: the only module that speaks SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 15
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"smtp": 587, "smtps": 465}


class MailFailed(Exception):
    """A letter could not be handed over. `final`: this recipient will never be taken."""

    def __init__(self, why: str, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters go out, and who they are from. Made by `parse_smtp_url`."""

    host: str
    port: int
    tls: bool
    user: str
    sender: str
    password: str = field(repr=False, default="")

    @contextmanager
    def connect(self) -> Iterator[smtplib.SMTP]:
        """A connection that is logged in, for some letters. Raises `MailFailed`.

        Encrypted if the server offers it; a password never leaves this machine unencrypted.
        """
        try:
            connection = self._open()
            try:
                yield connection
            finally:
                _quit(connection)
        except (smtplib.SMTPException, OSError) as error:
            raise MailFailed(f"{type(error).__name__}: {error}") from error

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_S, context=context
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls(context=context)
            elif self.user and self.host not in LOOPBACK:
                connection.close()
                raise MailFailed("The mail server offers no encryption, so the password was not sent.")
        if self.user:
            connection.login(self.user, self.password)
        return connection


def parse_smtp_url(url: str, sender: str | None, default_host: str) -> MailServer:
    """A mail server from `smtp://user:password@host:587` or `smtps://...`. ValueError says what is wrong.

    `sender`: who letters are from; by default the user if that is an address, else hookdesk@`default_host`.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("SMTP_URL must look like smtp://user:password@mail.example.com:587 or smtps://...")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise ValueError("SMTP_URL has a port that is no number from 1 to 65535.") from None
    user = unquote(parts.username or "")
    sender = sender or (user if "@" in user else f"hookdesk@{default_host}")
    if "@" not in sender or not sender.isprintable():
        raise ValueError("SMTP_FROM must be an e-mail address such as hookdesk@example.com.")
    return MailServer(
        parts.hostname, port, parts.scheme == "smtps", user, sender, unquote(parts.password or "")
    )


def hand_over(connection: smtplib.SMTP, letter: EmailMessage) -> None:
    """Give one letter to the server. Raises `MailFailed`; the connection stays usable if only this one failed."""
    try:
        connection.send_message(letter)
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        raise MailFailed(f"{code} {words.decode('utf-8', 'replace')}", final=500 <= code < 600) from refused
    except (smtplib.SMTPException, OSError) as error:
        raise MailFailed(f"{type(error).__name__}: {error}") from error


def _quit(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()
