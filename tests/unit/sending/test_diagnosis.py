import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sending.failures import diagnosis, reasons
from app.sending.failures.diagnosis import explain, failure_reason, who_label
from app.sending.failures.reasons import TABLE, UNKNOWN

HOST = "crm.example.com"

API_REASONS = [
    *[
        "dns_not_found",
        "dns_timeout",
        "refused",
        "reset",
        "connect_timeout",
        "read_timeout",
        "tls_expired",
        "tls_self_signed",
    ],
    *["tls_incomplete_chain", "tls_name_mismatch", "tls_handshake", "redirect", "challenge", "not_status_ok"],
    *[
        "blocked_address",
        "not_https",
        "oauth_refused",
        "oauth_unreachable",
        "too_large",
        "unknown_outcome",
        "internal",
    ],
    *(f"http_{code}" for code in range(400, 600)),
]
OTHER_REASONS = ["unconfirmed", "stopped", "data_gone"]

# reason, facts, the whole explanation: every row of the table that people are promised
SENTENCES = [
    ("dns_not_found", {}, f"We could not find a server called {HOST}.",
     "Check the address for typing mistakes; if it is right, ask its owner.", "you"),
    ("dns_timeout", {"time": "14:25"}, f"The domain name lookup (DNS) for {HOST} timed out.",
     "Nothing yet. Next try 14:25.", "nobody"),
    ("refused", {}, f"{HOST} is reachable, but nothing there is accepting connections.",
     "Ask whether the system is running and the port is right.", "they"),
    ("reset", {}, f"{HOST} closed the connection before answering.", "Ask them to look at firewall and server logs.",
     "they"),
    ("connect_timeout", {}, f"We could not reach {HOST}; it may be down or blocking us.",
     "Ask them to let us in.", "they"),
    ("read_timeout", {"seconds": 5}, f"{HOST} took longer than 5 seconds; it may still have received the event.",
     "Ask them to answer first and work later; check for duplicates.", "they"),
    ("read_timeout", {"seconds": "1"}, f"{HOST} took longer than 1 second; it may still have received the event.",
     "Ask them to answer first and work later; check for duplicates.", "they"),
    ("tls_expired", {"date": "2026-01-31"},
     f"{HOST}'s security certificate expired on 2026-01-31, so we did not send.",
     "Ask them to renew it, then resend.", "they"),
    ("tls_self_signed", {}, f"{HOST} uses a security certificate that no recognised authority has signed.",
     "Ask for one from a recognised authority.", "they"),
    ("tls_incomplete_chain", {}, f"{HOST} sends an incomplete security certificate.",
     "Ask them to install the full chain.", "they"),
    ("tls_name_mismatch", {"names": "a.example, b.example"},
     f"The certificate is for a.example, b.example, not {HOST}.",
     "Check the address, or ask for a certificate that covers it.", "you"),
    ("tls_handshake", {}, f"{HOST} and we could not agree on a secure connection.",
     "Ask them to support TLS 1.2 or newer.", "they"),
    ("redirect", {"status": 308, "new": "https://b.example/x"},
     "This address redirects to https://b.example/x, and we do not follow redirects.",
     "Check that the new address is theirs, then change the address.", "you"),
    ("redirect", {"status": "301"}, "This address redirects to another one, and we do not follow redirects.",
     "Ask them for the new address.", "you"),
    ("redirect", {"status": 302, "new": "https://b.example/login"},
     f"{HOST} redirected us to another page, often a log-in page.", "Ask for the address meant for programs.", "they"),
    ("http_400", {}, f"{HOST} received the event but could not understand it.", "Send them the data we sent.", "they"),
    ("http_401", {}, f"{HOST} did not accept our password or key.",
     "Update the authentication, test it, then resend.", "you"),
    ("http_403", {}, f"{HOST} recognised us but refused access.", "Ask which right or address is missing.", "they"),
    ("challenge", {}, f"A bot-protection service in front of {HOST} blocked us.",
     "Ask them to exempt this address.", "they"),
    ("http_404", {}, f"{HOST} is up, but there is nothing at this address.", f"Check the part after {HOST}.", "you"),
    ("http_405", {"method": "PUT"}, f"{HOST} does not accept PUT requests at this address.",
     "Change the method, usually to POST.", "you"),
    ("http_405", {"method": "POST"}, f"{HOST} does not accept POST requests at this address.",
     "Check the address, or ask which method they need.", "you"),
    ("http_408", {"time": "14:25"}, f"{HOST} asked us to send again.", "Nothing. Next try 14:25.", "nobody"),
    ("http_425", {"time": "14:25"}, f"{HOST} asked us to send again.", "Nothing. Next try 14:25.", "nobody"),
    ("http_410", {}, f"{HOST} says this address is permanently gone, so we turned the webhook off.",
     "Enter a new address, or leave it off.", "you"),
    ("http_410", {"test": True}, f"{HOST} says this address is permanently gone.",
     "Enter a new address, or leave it off.", "you"),
    ("http_413", {"size": "2.4 MB"}, "The data (2.4 MB) is larger than it accepts.",
     "Send fewer fields, or ask for a higher limit.", "you"),
    ("http_415", {"content_type": "application/json"}, "It does not accept application/json.",
     "Change the format, or ask which one they need.", "you"),
    ("http_422", {"quote": "email is taken"}, 'It understood us but refused a value: "email is taken".',
     "Fix the record, or send them the quote.", "you"),
    ("http_429", {"time": "14:25"}, f"{HOST} asked us to slow down. We will try again at 14:25.",
     "Nothing. If it happens daily, lower the speed.", "nobody"),
    ("http_429", {"time": "14:25", "final": True}, f"{HOST} asked us to slow down.",
     "We have no tries left. Lower the speed, then resend it.", "you"),
    ("http_500", {}, "The receiving system had an error of its own.",
     "If this continues, send them the details.", "they"),
    ("http_502", {"n": 2, "until": "14:35", "time": "14:25"}, f"{HOST} is down or overloaded.",
     "Nothing yet. We will try 2 more times, until 14:35.", "nobody"),
    ("http_503", {"n": 1, "until": "14:35", "time": "14:35"}, f"{HOST} is down or overloaded.",
     "Nothing yet. We will try 1 more time, at 14:35.", "nobody"),
    ("http_503", {"asked_to_wait": True, "n": 1, "time": "14:35"},
     f"{HOST} is down or overloaded and asked us to wait.",
     "Nothing yet. We will try 1 more time, at 14:35.", "nobody"),
    ("http_504", {"final": True}, f"{HOST} is down or overloaded.",
     f"We have no tries left. Resend it when {HOST} is up again.", "you"),
    ("http_504", {"test": True}, f"{HOST} is down or overloaded.", "Wait a little, then Test again.", "you"),
    ("not_status_ok", {}, 'It answered, but without the {"status":"OK"} that this webhook requires.',
     "Ask them to return it, or change the rule.", "they"),
    ("not_status_ok", {"html": True}, 'It answered with a web page instead of {"status":"OK"}.',
     "Check that the address is not a page for people.", "you"),
    ("not_status_ok", {"x": "error"}, 'It answered "error", which means not accepted.',
     "Send them their answer.", "they"),
    ("blocked_address", {}, f"{HOST} is inside a private network, which we block for safety.",
     "Use a public address, or ask whoever runs Hookdesk.", "you"),
    ("not_https", {}, "This address is not secure.", "Change it to https://.", "you"),
    ("oauth_refused", {"oauth_credential": "Acme", "error": "bad client"},
     'We could not get an access token from Acme: "bad client".', "Check client ID and secret, Test.", "you"),
    ("oauth_unreachable", {"time": "14:25"}, "The authorisation server did not answer.",
     "Nothing. Next try 14:25.", "nobody"),
    ("oauth_unreachable", {"code": "503", "test": True},
     "The authorisation server is down or overloaded: it answered with code 503.", "Wait a little, then Test again.",
     "you"),
    ("oauth_unreachable", {"fault": "tls_expired", "oauth_credential": "Acme"},
     f"We could not reach the authorisation server {HOST}.", "Check the token address of Acme, Test.", "you"),
    ("oauth_refused", {"oauth_credential": "Acme", "html": "1"},
     "The token address of Acme answered with a web page instead of an access token.",
     "Check the token address: it is the one for programs, not the page for people.", "you"),
    ("oauth_refused", {"host": "crm.example.com", "host_not_named": "1"},
     "The OAuth connection of this webhook may not be used for crm.example.com, so we did not send.",
     "Add the server to the OAuth connection, test the webhook, then resend.", "you"),
    ("oauth_refused", {"oauth_credential": "Acme", "not_connected": "1"},
     "Acme is not connected: somebody has to log in there first.",
     "Open the OAuth connection and press Connect, or enter a new code.", "you"),
    ("too_large", {}, f"{HOST} answered with more headers than we can take.",
     "Ask them to answer with shorter headers.", "they"),
    ("too_large", {"part": "address", "characters": "9,001"},
     "The address with the data has 9,001 characters, more than we can send.",
     "Send fewer fields, or change the method to POST.", "you"),
    ("unconfirmed", {"ago": "2 hours ago"},
     f"{HOST} must confirm that it wants events; asked 2 hours ago.",
     'Ask them to open the link, or "Send again".', "they"),
    ("stopped", {"n": 10, "m": 214},
     "We turned this webhook off after 10 failed tries in a row; 214 events are waiting.",
     "Fix the cause, test, turn it on, then send the 214.", "you"),
    ("stopped", {"n": 10, "m": 1}, "We turned this webhook off after 10 failed tries in a row; 1 event is waiting.",
     "Fix the cause, test, turn it on, then send the 1 that is waiting.", "you"),
    ("stopped", {"n": 10, "m": 0}, "We turned this webhook off after 10 failed tries in a row.",
     "Fix the cause, test, turn it on.", "you"),
    ("data_gone", {"days": 30}, "The data passed its 30-day limit and cannot be resent.",
     "Trigger it again in the source system.", "you"),
    ("internal", {"id": "att_7"}, "Something went wrong on our side.", "Nothing. Reference att_7.", "nobody"),
    ("unknown_outcome", {}, f"We were interrupted while sending; {HOST} may have received it.",
     "Nothing. We send it again with the same id.", "nobody"),
    ("http_418", {"status": 418}, "It refused the event with code 418.",
     "Send them the details and ask what they need.", "they"),
    ("http_507", {"status": 507}, "The receiving system had an error of its own, code 507.",
     "If this continues, send them the details.", "they"),
    ("http_999", {"status": 999}, "It answered with code 999, which does not say that the event arrived.",
     "Send them the details and ask what it means.", "they"),
    ("http_409", {}, f"{HOST} says this conflicts with something it already has.",
     "Check whether it arrived before resending.", "they"),
    ("redirect", {"status": 304},
     f"{HOST} answered that nothing has changed (304), which says nothing about the event.",
     "Ask them to answer 200 when the event has arrived.", "they"),
    ("redirect", {"status": 300}, "It answered with code 300, which does not say that the event arrived.",
     "Send them the details and ask what it means.", "they"),
    ("cut_off", {"status": 200}, f"{HOST} answered 200, then broke off; it may have received the event.",
     "Check whether it arrived, and ask them why their answers break off.", "they"),
    ("read_timeout", {"status": 200, "seconds": 5},
     f"{HOST} answered 200, but its answer did not end within 5 seconds; it may have received the event.",
     "Ask them to finish their answers; check for duplicates.", "they"),
    ("not_status_ok", {"encoding": "br"},
     'Its answer says "Content-Encoding: br", and we could not read it so.',
     "Ask them to leave the header Content-Encoding out, or to answer with gzip.", "they"),
]  # fmt: skip


def wordings(row):
    for part in (row.what, row.next, row.at_end or ()):
        yield (part,) if isinstance(part, str) else tuple(part)


ALL_TEXTS = sorted({text for row in (*TABLE.values(), UNKNOWN) for part in wordings(row) for text in part})


@pytest.mark.parametrize(("reason", "facts", "what", "next_", "who"), SENTENCES)
def test_says(reason, facts, what, next_, who):
    assert explain(reason, {"host": HOST, **facts})[:3] == (what, next_, who)


def test_every_reason_has_a_row():
    assert not [reason for reason in API_REASONS + OTHER_REASONS if failure_reason(reason, {}) not in TABLE]


def test_every_row_is_reached():
    reached = {failure_reason(reason, {}) for reason in [*API_REASONS, *OTHER_REASONS, "http_999"]}
    reached |= {failure_reason(reason, facts) for reason, facts, *_ in SENTENCES}
    assert reached == set(TABLE)


@pytest.mark.parametrize("facts", [{}, {"final": True}, {"test": True}])
def test_reads_well_without_facts(facts):
    explanations = [
        explain(reason, facts) for reason in (*API_REASONS, *OTHER_REASONS, "http_999", "unheard of", "")
    ]
    assert {explanation.who for explanation in explanations} <= {"you", "they", "nobody"}
    for sentence in {sentence for explanation in explanations for sentence in explanation[:2]}:
        assert re.fullmatch(r"[A-Z].+\.", sentence)
        assert not re.search(r"\{[a-z_]+\}|  |\bNone\b|\(\)", sentence)


@pytest.mark.parametrize("reason", sorted({reason for reason, *_ in SENTENCES}))
def test_reads_well_whatever_is_missing(reason):
    fullest = {"host": HOST}
    for other, facts, *_ in SENTENCES:
        if other == reason:
            fullest |= facts
    for count in range(len(fullest)):
        for names in itertools.combinations(fullest, count):
            explanation = explain(reason, {name: fullest[name] for name in names})
            for sentence in explanation[:2]:
                assert not re.search(r"\{[a-z_]+\}|  |\bNone\b|\(\)| [.,;]|\"\"", sentence)


@pytest.mark.parametrize("row", [*TABLE.values(), UNKNOWN], ids=[*TABLE, "unknown"])
def test_the_last_wording_needs_no_facts(row):
    assert not [part[-1] for part in wordings(row) if part and re.search(r"\{[a-z_]+\}", part[-1])]


@pytest.mark.parametrize("text", ALL_TEXTS)
def test_words_that_are_not_used(text):
    assert not re.search(
        r"please|sorry|oops|invalid|forbidden|endpoint|redeliver|payload|attempt", text, re.IGNORECASE
    )


@pytest.mark.parametrize("end", ["final", "test"])
def test_nobody_acts_only_while_we_try_again(end):
    for reason in API_REASONS:
        what, next_, who, *_rest = explain(reason, {end: True, "time": "14:25", "n": 2, "until": "15:00"})
        assert who != "nobody"
        assert "14:25" not in what + next_
        assert "15:00" not in what + next_


@given(quote=st.text(max_size=300))
def test_a_quote_stays_inside_its_quotation(quote):
    what = explain("http_422", {"quote": quote}).what
    assert what.count('"') in (0, 2)
    assert len(what) < 200
    assert "\n" not in what
    assert "\x1b" not in what


def test_braces_in_a_fact_are_not_filled_in():
    assert explain("http_422", {"quote": "{host} {0} {x.__class__}", "host": HOST}).what.endswith(
        '"{host} {0} {x.__class__}".'
    )


def test_translates_before_the_facts_are_put_in():
    asked = []

    def to_german(message):
        asked.append(message)
        return {"Check the part after {host}.": "Prüfen Sie den Teil nach {host}."}.get(message, message)

    assert explain("http_404", {"host": HOST}, to_german).next == f"Prüfen Sie den Teil nach {HOST}."
    assert set(asked) <= set(ALL_TEXTS)


def test_every_text_is_marked_for_extraction(tmp_path):
    from babel.messages.extract import extract_from_file

    files = (diagnosis.__file__, reasons.__file__)
    found = [one for file in files for one in extract_from_file("python", file, keywords={"N_": None})]
    assert {message[1] for message in found} >= set(ALL_TEXTS)


def test_who_acts_has_a_word():
    assert [who_label(who) for who in ("you", "they", "nobody")] == [
        "an admin here",
        "the receiver's developer",
        "nobody, we try again",
    ]
    assert who_label("you", str.upper) == "AN ADMIN HERE"
