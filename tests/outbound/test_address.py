"""What is refused, and what is stored, when an address is saved."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound import AddressRefused, OutboundPolicy, check_address
from app.outbound.address import MESSAGES

ANYWHERE = OutboundPolicy(allow_ports=None)
WITH_HTTP = OutboundPolicy(allow_http=True, allow_ports=frozenset({80, 443, 8443}))
INBOX = "http://127.0.0.1:8000/inbox/"
WITH_INBOX = OutboundPolicy(own_inbox=INBOX)
NAME = "a1b2c3d4e5f6a7b8"

REFUSED = [
    ("http://example.com/", "not_https"),
    ("HTTP://example.com/", "not_https"),
    ("ftp://example.com/", "scheme"),
    ("file:///etc/passwd", "scheme"),
    ("gopher://example.com/", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("example.com/hook", "scheme"),
    ("//example.com/hook", "scheme"),
    ("", "scheme"),
    ("1://example.com", "bad_url"),
    ("https://", "no_host"),
    ("https:///path", "no_host"),
    ("https://:443/", "no_host"),
    ("https://?x=1", "no_host"),
    ("https://./", "no_host"),
    ("https://user@example.com/", "user_info"),
    ("https://user:pass@example.com/", "user_info"),
    ("https://example.com@127.0.0.1/", "user_info"),
    ("https://@example.com/", "user_info"),
    ("https://example.com/#part", "fragment"),
    ("https://example.com#@127.0.0.1/", "fragment"),
    ("https://exa\nmple.com/", "control_characters"),
    ("https://example.com/\r\nX: y", "control_characters"),
    ("https://example.com/\0", "control_characters"),
    ("https://example.com/\x7f", "control_characters"),
    ("https://exam\u200bple.com/", "control_characters"),
    ("https://example.com/\u202e", "control_characters"),
    ("https://example.com/\ud800", "control_characters"),
    ("https://exam\tple.com/", "white_space"),
    (" https://example.com/", "white_space"),
    ("https://example.com/a b", "white_space"),
    ("https://example.com/\u00a0", "white_space"),
    ("https://example.com\u3000/", "white_space"),
    ("https://example.com\\@127.0.0.1/", "backslash"),
    ("https:\\\\example.com\\", "backslash"),
    ("https://example%2ecom/", "percent_in_host"),
    ("https://%31%32%37.0.0.1/", "percent_in_host"),
    ("https://[fe80::1%25eth0]/", "percent_in_host"),
    ("https://example.com:0/", "port"),
    ("https://example.com:99999/", "port"),
    ("https://example.com:22/", "port"),
    ("https://example.com:80/", "port"),
    ("https://example.com:443443443443/", "port"),
    ("https://example.com:abc/", "bad_url"),
    ("https://example.com:443:443/", "bad_url"),
    ("https://2130706433/", "numeric_host"),
    ("https://0x7f000001/", "numeric_host"),
    ("https://0X7F.1/", "numeric_host"),
    ("https://017700000001/", "numeric_host"),
    ("https://0177.0.0.1/", "numeric_host"),
    ("https://127.1/", "numeric_host"),
    ("https://127.0.1/", "numeric_host"),
    ("https://0/", "numeric_host"),
    ("https://127.0.0.1./", "numeric_host"),
    ("https://127.0.0.1../", "numeric_host"),
    ("https://127.0.0.0x1/", "numeric_host"),
    ("https://127.0.0.256/", "numeric_host"),
    ("https://1.2.3.4.5/", "numeric_host"),
    ("https://foo.127/", "numeric_host"),
    ("https://[::g]/", "numeric_host"),
    ("https://[127.0.0.1]/", "numeric_host"),
    ("https://[v1.a]/", "numeric_host"),
    ("https://①②⑦.⓪.⓪.①/", "blocked_address"),
    ("https://127.0.0.1/", "blocked_address"),
    ("https://127。0。0。1/", "blocked_address"),
    ("https://２１３０７０６４３３/", "numeric_host"),
    ("https://[::1]/", "blocked_address"),
    ("https://[::ffff:127.0.0.1]/", "blocked_address"),
    ("https://[0:0:0:0:0:ffff:7f00:1]/", "blocked_address"),
    ("https://[2002:7f00:1::]/", "blocked_address"),
    ("https://[64:ff9b::7f00:1]/", "blocked_address"),
    ("https://169.254.169.254/latest/meta-data/", "blocked_address"),
    ("https://localhost/", "blocked_address"),
    ("https://LOCALHOST./", "blocked_address"),
    ("https://ｌocalhost/", "blocked_address"),
    ("https://a.localhost/", "blocked_address"),
    ("https://printer.local/", "blocked_address"),
    ("https://metadata.google.internal/", "blocked_address"),
    ("https://intranet/", "blocked_address"),
    ("https://a..b/", "bad_url"),
    ("https://-a.example.com/", "bad_url"),
    ("https://a,b.example.com/", "bad_url"),
    ("https://ex[ample.com/", "bad_url"),
    ("https://" + "a" * 64 + ".example.com/", "bad_url"),
    ("https://" + "a." * 130 + "com/", "bad_url"),
    ("https://ex\u00adample\u2488com/", "bad_url"),
    ("https://example.com/" + "a" * 2000, "too_long"),
    ("https://example.com/" + "é" * 700, "too_long"),
]

STORED = [
    ("HTTPS://Example.COM", "https://example.com/"),
    ("https://example.com:443/A?b=C", "https://example.com/A?b=C"),
    ("https://example.com:0443/", "https://example.com/"),
    ("https://example.com:/", "https://example.com/"),
    ("https://example.com:8443", "https://example.com:8443/"),
    ("https://example.com.", "https://example.com/"),
    ("https://example.com?x=1", "https://example.com/?x=1"),
    ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
    ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
    ("https://faß.example/", "https://xn--fa-hia.example/"),
    ("https://my_app.example.com/", "https://my_app.example.com/"),
    ("https://example.com/a/../b/%2e%2e/?q={x}", "https://example.com/a/../b/%2e%2e/?q=%7Bx%7D"),
    ("https://8.8.8.8/x", "https://8.8.8.8/x"),
    ("https://[2606:4700:4700:0:0:0:0:1111]/", "https://[2606:4700:4700::1111]/"),
    ("https://1e100.example/", "https://1e100.example/"),
    ("https://example.com/@user", "https://example.com/@user"),
]


@pytest.mark.parametrize(("url", "reason"), REFUSED)
def test_refused_with_a_stable_reason(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_address(url, OutboundPolicy())
    assert refused.value.reason == reason
    assert refused.value.field_message == MESSAGES[reason]


@pytest.mark.parametrize(("url", "stored"), STORED)
def test_stored_in_one_form(url: str, stored: str) -> None:
    assert check_address(url, OutboundPolicy()) == stored
    assert check_address(stored, OutboundPolicy()) == stored


def test_http_is_allowed_by_the_policy_alone() -> None:
    assert check_address("http://Example.com:80/a", WITH_HTTP) == "http://example.com/a"
    assert check_address("http://example.com:443/a", WITH_HTTP) == "http://example.com:443/a"


def test_inside_names_are_left_to_the_dial_rule_when_networks_are_allowed() -> None:
    policy = OutboundPolicy(allow_networks=(ip_network("10.0.0.0/8"),))
    assert check_address("https://intranet/", policy) == "https://intranet/"
    assert check_address("https://10.1.1.1/", policy) == "https://10.1.1.1/"
    with pytest.raises(AddressRefused, match="blocked_address"):
        check_address("https://127.0.0.1/", policy)


def test_the_own_inbox_is_allowed_as_it_stands() -> None:
    assert check_address(INBOX + NAME, WITH_INBOX) == INBOX + NAME
    assert check_address(
        "http://Localhost:8000/inbox/" + NAME, OutboundPolicy(own_inbox="http://Localhost:8000/inbox/")
    )


@pytest.mark.parametrize(
    "url",
    [
        INBOX,
        INBOX + NAME[:15],
        INBOX + "a" * 65,
        INBOX + NAME.upper(),
        INBOX + NAME + "/",
        INBOX + NAME + "?x",
        INBOX + NAME + "#x",
        INBOX + NAME + "\n",
        INBOX + NAME + "%2f..",
        INBOX + "../" + NAME,
        INBOX + "./" + NAME,
        INBOX + "%2e%2e/" + NAME,
        INBOX + "/" + NAME,
        INBOX + "é" * 16,
        INBOX + "１" * 16,
        "http://127.0.0.1:8000/" + NAME,
        "http://127.0.0.1:8000/inbox/../" + NAME,
        "http://127.0.0.1:8000/x/../inbox/" + NAME,
        "http://127.0.0.1:8000//inbox/" + NAME,
        "http://127.0.0.1:08000/inbox/" + NAME,
        "http://127.0.0.1:8001/inbox/" + NAME,
        "http://127.0.0.1/inbox/" + NAME,
        "https://127.0.0.1:8000/inbox/" + NAME,
        "HTTP://127.0.0.1:8000/inbox/" + NAME,
        "http://127.0.0.2:8000/inbox/" + NAME,
        "http://localhost:8000/inbox/" + NAME,
        "http://127.1:8000/inbox/" + NAME,
        "http://x@127.0.0.1:8000/inbox/" + NAME,
        "http://127.0.0.1:8000@example.com/inbox/" + NAME,
        "http://127.0.0.1:8000.example.com/inbox/" + NAME,
        " " + INBOX + NAME,
    ],
)
def test_nothing_else_gets_the_inbox_exception(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(url, WITH_INBOX)


def test_messages_say_what_to_type() -> None:
    unwanted = {"please", "sorry", "oops", "invalid", "forbidden", "endpoint"}
    for message in MESSAGES.values():
        assert message.startswith("Enter ")
        assert not unwanted & set(message.lower().split())


url_pieces = st.lists(
    st.one_of(
        st.sampled_from(
            ["https://", "http://", "example.com", "127.0.0.1", "0x7f", "@", ":", "/", "//", "[", "]", "::1",
             "%", "%41", "\\", "?", "#", ".", "。", "xn--", "xn--bcher-kva", "ß", "ﬀ", "１", "\u00ad",
             "\u200d", "443", "8443", "a"]
        ),
        st.text(max_size=4),
    ),
    max_size=9,
).map("".join)  # fmt: skip


@given(st.one_of(st.text(), url_pieces, url_pieces.map("https://".__add__)))
def test_any_text_is_stored_in_a_stable_form_or_refused(text: str) -> None:
    try:
        stored = check_address(text, ANYWHERE)
    except AddressRefused as refused:
        assert refused.reason in MESSAGES  # noqa: PT017 (either outcome is right, each has its rule)
    else:
        assert check_address(stored, ANYWHERE) == stored
        assert stored.isascii() and stored.isprintable() and " " not in stored
        assert stored.startswith("https://")
