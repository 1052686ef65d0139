"""Every situation in which an event did not arrive, and what is said of it: one table, one row per situation.

The rule for a sentence: it stays true and reads well whatever is unknown. So a row holds wordings from
the fullest to the plainest, and the first whose {facts} are all known is said; the last needs none.
"""

from __future__ import annotations

from typing import NamedTuple

from app.sending.failures.wording import N_, Wordings

YOU, THEY, NOBODY = "you", "they", "nobody"


class FailureReason(NamedTuple):
    """One situation. `at_end`: the next step, by You, when we do not try again; None if `next` stays true."""

    what: Wordings
    next: Wordings
    who: str
    at_end: Wordings | None = None


_NEXT_ATTEMPT = (N_("Nothing yet. Next try {time}."), N_("Wait for the next try, or resend it."))

# fmt: off
TABLE: dict[str, FailureReason] = {
    "dns_not_found": FailureReason(
        (N_("We could not find a server called {host}."), N_("We could not find a server of that name.")),
        N_("Check the address for typing mistakes; if it is right, ask its owner."), YOU),
    "dns_timeout": FailureReason(
        N_("The internet's address book did not answer in time."), _NEXT_ATTEMPT, NOBODY,
        N_("We have no tries left. Resend it in a few minutes.")),
    "refused": FailureReason(
        (N_("{host} is there, but nothing accepts messages on it."),
         N_("The server is there, but nothing accepts messages on it.")),
        N_("Ask whether the system is running and the port is right."), THEY),
    "reset": FailureReason(
        (N_("{host} hung up before answering."), N_("The server hung up before answering.")),
        N_("Ask them to look at firewall and server logs."), THEY),
    "connect_timeout": FailureReason(
        (N_("We could not reach {host}; it may be down or blocking us."),
         N_("We could not reach the server; it may be down or blocking us.")),
        N_("Ask them to let us in."), THEY),
    "read_timeout": FailureReason(
        (N_("{host} took longer than {seconds} seconds; it may still have received the event."),
         N_("{host} took longer than {seconds_one} second; it may still have received the event."),
         N_("{host} took too long; it may still have received the event."),
         N_("The server took too long; it may still have received the event.")),
        N_("Ask them to answer first and work later; check for duplicates."), THEY),
    "tls_expired": FailureReason(
        (N_("{host}'s security certificate expired on {date}, so we did not send."),
         N_("{host}'s security certificate has expired, so we did not send."),
         N_("The server's security certificate has expired, so we did not send.")),
        N_("Ask them to renew it, then resend."), THEY),
    "tls_self_signed": FailureReason(
        (N_("{host} uses a certificate that nobody independent vouches for."),
         N_("The server uses a certificate that nobody independent vouches for.")),
        N_("Ask for one from a recognised authority."), THEY),
    "tls_incomplete_chain": FailureReason(
        (N_("{host} sends only part of its certificate."),
         N_("The server sends only part of its certificate.")),
        N_("Ask them to install the full chain."), THEY),
    "tls_name_mismatch": FailureReason(
        (N_("The certificate is for {names}, not {host}."), N_("The certificate is not for {host}."),
         N_("The certificate is for another name.")),
        N_("Check the address, or ask for a certificate that covers it."), YOU),
    "tls_handshake": FailureReason(
        (N_("{host} and we could not agree on a secure connection."),
         N_("The server and we could not agree on a secure connection.")),
        N_("Ask them to support TLS 1.2 or newer."), THEY),
    "moved": FailureReason(
        (N_("This address has moved to {new}; we do not follow moves."),
         N_("This address has moved; we do not follow moves.")),
        N_('Check that it is theirs, then "Use new address".'), YOU),
    "moved_unknown": FailureReason(
        N_("This address has moved; we do not follow moves."), N_("Ask them for the new address."), YOU),
    "redirect": FailureReason(
        N_("We were sent to another page, often a sign-in page."),
        N_("Ask for the address meant for programs."), THEY),
    "http_400": FailureReason(
        N_("It received the event but could not understand it."), N_("Send them the data we sent."), THEY),
    "http_401": FailureReason(
        N_("It did not accept our password or key."), N_("Update the sign-in, Test, resend."), YOU),
    "http_403": FailureReason(
        N_("It knows us but will not let us in."), N_("Ask which right or address is missing."), THEY),
    "challenge": FailureReason(
        N_("A protection service asked us to prove we are human."),
        N_("Ask them to exempt this address."), THEY),
    "http_404": FailureReason(
        N_("The server works, but nothing is at this address."),
        (N_("Check the part after {host}."), N_("Check the part after the name of the server.")), YOU),
    "http_405": FailureReason(
        (N_("It does not accept {method} here."), N_("It does not accept this method here.")),
        N_("Change the method, usually to POST."), YOU),
    "http_405_post": FailureReason(
        N_("It does not accept POST here."), N_("Check the address, or ask which method they need."), YOU),
    "asked_again": FailureReason(
        N_("It asked us to send again."),
        (N_("Nothing. Next try {time}."), N_("Wait for the next try, or resend it.")), NOBODY,
        N_("We have no tries left. Resend it.")),
    "http_410": FailureReason(
        N_("It says this address is gone for good; we turned the webhook off."),
        N_("Enter a new address, or leave it off."), YOU),
    "http_410_test": FailureReason(
        N_("It says this address is gone for good."), N_("Enter a new address, or leave it off."), YOU),
    "http_413": FailureReason(
        (N_("The data ({size}) is larger than it accepts."), N_("The data is larger than it accepts.")),
        N_("Send fewer fields, or ask for a higher limit."), YOU),
    "http_415": FailureReason(
        (N_("It does not accept {content_type}."), N_("It does not accept the format we send.")),
        N_("Change the format, or ask which one they need."), YOU),
    "http_422": FailureReason(
        (N_('It understood us but refused a value: "{quote}".'), N_("It understood us but refused a value.")),
        N_("Mend the record, or send them the quote."), YOU),
    "http_422_silent": FailureReason(
        N_("It understood us but refused a value."), N_("Ask them which value, then mend the record."), YOU),
    "http_429": FailureReason(
        (N_("It asked us to slow down; we try again at {time}."), N_("It asked us to slow down.")),
        N_("Nothing. If it happens daily, lower the speed."), NOBODY,
        N_("We have no tries left. Lower the speed, then resend it.")),
    "http_500": FailureReason(
        N_("The receiving system had an error of its own."),
        N_("If it goes on, send them the details."), THEY),
    "down": FailureReason(
        N_("It is down or overloaded."),
        (N_("Nothing yet. We try {n} more times, until {until}."),
         N_("Nothing yet. We try {n_one} more time, at {time}."), *_NEXT_ATTEMPT), NOBODY,
        (N_("We have no tries left. Resend it when {host} is up again."),
         N_("We have no tries left. Resend it when the server is up again."))),
    "http_4xx": FailureReason(
        (N_("It refused the event with code {status}."), N_("It refused the event.")),
        N_("Send them the details and ask what they need."), THEY),
    "http_5xx": FailureReason(
        (N_("The receiving system had an error of its own, code {status}."),
         N_("The receiving system had an error of its own.")),
        N_("If it goes on, send them the details."), THEY),
    "http_other": FailureReason(
        (N_("It answered with code {status}, which does not say that the event arrived."),
         N_("Its answer does not say that the event arrived.")),
        N_("Send them the details and ask what it means."), THEY),
    "not_status_ok": FailureReason(
        N_('It answered, but without the {"status":"OK"} that this webhook requires.'),
        N_("Ask them to return it, or change the rule."), THEY),
    "not_status_ok_page": FailureReason(
        N_('It answered with a web page instead of {"status":"OK"}.'),
        N_("Check that the address is not a page for people."), YOU),
    "not_status_ok_other": FailureReason(
        (N_('It answered "{x}", which means not accepted.'), N_("Its answer means not accepted.")),
        N_("Send them their answer."), THEY),
    "blocked_address": FailureReason(
        (N_("{host} is inside a private network, which we block for safety."),
         N_("This address is inside a private network, which we block for safety.")),
        N_("Use a public address, or ask whoever runs Hookdesk."), YOU),
    "not_https": FailureReason(N_("This address is not secure."), N_("Change it to https://."), YOU),
    "oauth_refused": FailureReason(
        (N_('We could not get an access key from {sign_in}: "{error}".'),
         N_("We could not get an access key from {sign_in}."), N_("We could not get an access key.")),
        N_("Check client ID and secret, Test."), YOU),
    "oauth_unreachable": FailureReason(
        N_("The sign-in server did not answer."),
        (N_("Nothing. Next try {time}."), N_("Wait for the next try, or resend it.")), NOBODY,
        N_("We have no tries left. Resend it when the sign-in server answers again.")),
    "oauth_page": FailureReason(
        (N_("The token address of {sign_in} answered with a web page instead of an access key."),
         N_("The token address answered with a web page instead of an access key.")),
        N_("Check the token address: it is the one for programs, not the page for people."), YOU),
    "oauth_not_connected": FailureReason(
        (N_("{sign_in} is not connected: somebody has to sign in there first."),
         N_("The sign-in is not connected: somebody has to sign in there first.")),
        N_("Open the sign-in and press Connect, or enter a new code."), YOU),
    "oauth_host_not_named": FailureReason(
        (N_("The OAuth connection of this webhook may not be used for {host}, so we did not send."),
         N_("The OAuth connection of this webhook may not be used for this server, so we did not send.")),
        N_("Add the server to the OAuth connection, test the webhook, then resend."), YOU),
    "oauth_address": FailureReason(
        (N_("We could not connect to the sign-in server {host}."),
         N_("We could not connect to the sign-in server.")),
        (N_("Check the token address of {sign_in}, Test."), N_("Check its token address, Test.")), YOU),
    "oauth_down": FailureReason(
        (N_("The sign-in server is down or overloaded: it answered with code {code}."),
         N_("The sign-in server is down or overloaded.")), _NEXT_ATTEMPT, NOBODY,
        N_("We have no tries left. Resend it when the sign-in server answers again.")),
    "too_large": FailureReason(
        (N_("{host} answered with more headers than we can take."),
         N_("The server answered with more headers than we can take.")),
        N_("Ask them to answer with shorter headers."), THEY),
    "too_large_address": FailureReason(
        (N_("The address with the data has {characters} characters, more than we can send."),
         N_("The data does not fit into a web address.")),
        N_("Send fewer fields, or change the method to POST."), YOU),
    "unconfirmed": FailureReason(
        (N_("{host} must confirm that it wants events; asked {ago}."),
         N_("{host} must confirm that it wants events."),
         N_("The receiver must confirm that it wants events.")),
        N_('Ask them to open the link, or "Send again".'), THEY),
    "stopped": FailureReason(
        (N_("We stopped after {n} failures in a row; {m} events wait."),
         N_("We stopped after {n} failures in a row; {m_one} event waits."),
         N_("We stopped after {n} failures in a row."),
         N_("We stopped after {n_one} failure; {m} events wait."),
         N_("We stopped because it kept failing.")),
        (N_("Mend, Test, Turn on, send the {m}."), N_("Mend, Test, Turn on, send the {m_one} that waits."),
         N_("Mend, Test, Turn on.")), YOU),
    "data_gone": FailureReason(
        (N_("The data passed its {days}-day limit and cannot be resent."),
         N_("The data passed its time limit and cannot be resent.")),
        N_("Trigger it again in the source system."), YOU),
    "unknown_outcome": FailureReason(
        (N_("We were interrupted while sending; {host} may have received it."),
         N_("We were interrupted while sending; the server may have received it.")),
        N_("Nothing. We send it again with the same id."), NOBODY,
        N_("Check whether it arrived before resending.")),
    "internal": FailureReason(
        N_("Something went wrong on our side."),
        (N_("Nothing. Reference {id}."), N_("Wait for the next try, or resend it.")), NOBODY,
        (N_("Resend it. If it happens again, tell whoever runs Hookdesk: reference {id}."),
         N_("Resend it. If it happens again, tell whoever runs Hookdesk."))),
}
# fmt: on
UNKNOWN = FailureReason(
    N_("It did not work, and we do not know why."), N_("Look at the technical details, then resend it."), YOU
)
