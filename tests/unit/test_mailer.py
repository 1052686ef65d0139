"""The mail server from its address, and what a password never does."""

from __future__ import annotations

import pytest

from app.core.mailer import MailFailed, MailServer, parse_smtp_url
from app.core.settings import SettingsError, read_settings
from tests.machine.settings import settings_for


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "user", "password", "sender"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, False, "", "", "hookdesk@desk.example"),
        ("smtps://mail.example.com", "mail.example.com", 465, True, "", "", "hookdesk@desk.example"),
        ("smtp://u:p%40ss@m.example:25", "m.example", 25, False, "u", "p@ss", "hookdesk@desk.example"),
        ("smtp://a%40b.example:x@m.example", "m.example", 587, False, "a@b.example", "x", "a@b.example"),
    ],
)
def test_the_parts_of_an_address(url, host, port, tls, user, password, sender):
    server = parse_smtp_url(url, None, "desk.example")
    assert (server.host, server.port, server.tls) == (host, port, tls)
    assert (server.user, server.password, server.sender) == (user, password, sender)
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"SMTP_URL": "mail.example.com:25"}, "SMTP_URL"),
        ({"SMTP_URL": "http://mail.example.com"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.com:99999"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.com", "SMTP_FROM": "desk"}, "SMTP_FROM"),
        ({"SMTP_URL": "smtp://mail.example.com", "SMTP_FROM": "a@b\r\nBcc: c@d"}, "SMTP_FROM"),
    ],
)
def test_a_wrong_one_stops_the_start_with_a_sentence(changes, word, tmp_path):
    with pytest.raises(SettingsError, match=word):
        read_settings(settings_for(tmp_path, **changes))


def test_a_password_does_not_leave_the_machine_unencrypted(mail_server, monkeypatch):
    """The server of the tests offers no STARTTLS; by another name it counts as far away."""
    monkeypatch.setattr("app.core.mailer.LOOPBACK", frozenset())
    server = MailServer("127.0.0.1", mail_server.port, tls=False, user="u", sender="d@e.f", password="p")
    with pytest.raises(MailFailed, match="no encryption"), server.connect():
        pass
