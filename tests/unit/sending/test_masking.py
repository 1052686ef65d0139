import base64
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.differences import MASK
from app.sending.message.masking import Scrubber, has_secret_name, mask_headers, mask_url, scrub

secrets = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="•"), min_size=6, max_size=24)
around = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", "Basic dXNlcjpwYXNz", "Basic ••••"),
        ("authorization", "Bearer abc def", "Bearer ••••"),
        ("Authorization", "dXNlcjpwYXNz", "••••"),
        ("Authorization", "my secret words", "••••"),
        ("Proxy-Authorization", "Basic x", "Basic ••••"),
        ("Cookie", "session=1; b=2", "••••"),
        ("Set-Cookie", "session=1; Secure", "••••"),
        ("X-Api-Key", "k", "••••"),
        ("X-Auth", "k", "••••"),
        ("x-access-TOKEN", "k", "••••"),
        ("Client-Secret", "k", "••••"),
        ("X-Password", "k", "••••"),
        ("X-Hub-Signature-256", "k", "••••"),
        ("webhook-signature", "v1,x", "v1,x"),
        ("webhook-id", "evt_1", "evt_1"),
        ("WWW-Authenticate", 'Basic realm="x"', 'Basic realm="x"'),
        ("Content-Type", "application/json", "application/json"),
    ],
)
def test_masks_headers_with_secrets(name, value, kept):
    assert mask_headers([(name, value)]) == [(name, kept)]


def test_masking_keeps_order_and_repeats():
    headers = [("B", "1"), ("Set-Cookie", "x"), ("A", "2"), ("Set-Cookie", "y")]
    assert mask_headers(headers) == [("B", "1"), ("Set-Cookie", MASK), ("A", "2"), ("Set-Cookie", MASK)]
    assert headers[1] == ("Set-Cookie", "x")


def forms_of(secret):
    raw = secret.encode()
    yield from (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield base64.b64encode(b"user:" + raw).decode()


@given(secret=secrets, before=around, after=around)
def test_no_form_of_a_secret_is_left_in_text_or_bytes(secret, before, after):
    known = [secret, base64.b64encode(b"user:" + secret.encode()).decode()]
    scrubber = Scrubber(known)
    for form in forms_of(secret):
        text = f"{before}{form}{after}{form}{form}"
        assert form not in scrubber(text)
        assert form.encode() not in scrubber(text.encode())


@given(known=st.lists(secrets, max_size=4), text=around)
def test_no_secret_is_left_when_there_are_several(known, text):
    mixed = text + "".join(known) + text + "".join(reversed(known))
    scrubbed = scrub(mixed, known)
    assert not [secret for secret in known if secret in scrubbed]


@given(secret=secrets, text=around)
def test_what_holds_no_secret_stays_as_it_is(secret, text):
    if not any(form in text for form in forms_of(secret)):
        assert scrub(text, [secret]) == text


@given(st.lists(st.binary(max_size=12), max_size=4), st.binary(max_size=60))
def test_any_bytes_can_be_scrubbed(known, data):
    scrubber = Scrubber(known)
    assert isinstance(scrubber(data), bytes)
    assert isinstance(scrubber("text"), str)


def test_scrubs_escaped_slashes_and_lower_case_hex():
    assert scrub('{"key":"ab\\/cd+ef"}', ["ab/cd+ef"]) == '{"key":"••••"}'
    assert scrub("k=ab%2fcd%2bef", ["ab/cd+ef"]) == "k=••••"
    assert scrub('"p\\u00E4ssword"', ["pässword"]) == '"••••"'


def test_a_long_secret_goes_before_one_inside_it():
    assert scrub("x-abcdefgh-y", ["cdef", "abcdefgh"]) == "x-••••-y"


def test_overlapping_secrets_leave_nothing_whole():
    assert "abab" not in scrub("abababab-aba", ["abab"])


@pytest.mark.parametrize("secret", ["", "a", "abc", b"", "••••••", "\ud800\ud800\ud800\ud800"])
def test_secrets_that_cannot_be_looked_for_change_nothing(secret):
    assert scrub("abc •••• abc", [secret]) == "abc •••• abc"


near_bullets = st.text("•*#a", min_size=4, max_size=7)


@given(st.lists(near_bullets, min_size=1, max_size=4), st.text("•*#a", max_size=60))
def test_what_stands_in_place_of_a_secret_never_makes_another(known, text):
    scrubber = Scrubber(known)
    assert not [secret for secret in known if secret in scrubber(text)]
    assert not [secret for secret in known if secret.encode() in scrubber(text.encode())]


def seconds_for(scrubber: Scrubber, text: str) -> float:
    started = time.perf_counter()
    for _ in range(3):
        scrubber(text)
        scrubber(text.encode())
    return time.perf_counter() - started


@pytest.mark.parametrize(
    ("secret", "before", "unit"),
    [
        ("•••a", "•••", "a"),
        ("a" * 4000, "", "a"),
        ("a" * 99 + "b", "", "a"),
        ("b" + "a" * 3999, "", "a"),
        ("ab" * 2000 + "c", "", "ab"),
        ("%%%%", "", "%25"),
        ("•a••", "•a•", "•a•"),
    ],
)
def test_scrubbing_takes_as_long_as_the_data_is_long(secret, before, unit):
    scrubber = Scrubber([secret, base64.b64encode(b"user:" + secret.encode()).decode()])
    short, long = before + unit * 60_000, before + unit * 480_000
    for_short, for_long = seconds_for(scrubber, short), seconds_for(scrubber, long)
    assert for_short < 2
    assert for_long < 8 * 4 * max(for_short, 0.01)


def test_an_address_of_question_marks_is_masked_in_no_time():
    started = time.perf_counter()
    mask_url("https://a.example/" + "?" * 16_000 + "&" * 16_000)
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("https://a.example/x?id=5&api_key=abc&q=", "https://a.example/x?id=5&api_key=••••&q="),
        ("https://a.example/?TOKEN=a=b#end", "https://a.example/?TOKEN=••••#end"),
        ("https://a.example/?acc%65ss_toke%6E=abc", "https://a.example/?acc%65ss_toke%6E=••••"),
        ("https://user:pw@a.example/x", "https://••••@a.example/x"),
        ("https://[broken?secret=1", "https://[broken?secret=••••"),
        ("", ""),
    ],
)
def test_masks_addresses_for_logs(url, shown):
    assert mask_url(url) == shown


def test_names_are_judged_whatever_their_case():
    assert has_secret_name("X-API-KEY")
    assert not has_secret_name("Webhook-Signature")
