"""Every reason why an event did not arrive, and what is said of it: one table, one row per reason.

The rule for a sentence: it stays true and reads well whatever is unknown. So a row holds wordings from
the fullest to the plainest, and the first whose {facts} are all known is said; the last needs none.
"""

from __future__ import annotations

from typing import NamedTuple

from app.outbound.marked import N_
from app.sending.failures.wording import Wordings

YOU, THEY, NOBODY = "you", "they", "nobody"


class FailureReason(NamedTuple):
    """One reason. `at_end`: the next step, by You, when we do not try again; None if `next` stays true."""

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
        (N_("The domain name lookup (DNS) for {host} timed out."),
         N_("The domain name lookup (DNS) timed out.")), _NEXT_ATTEMPT, NOBODY,
        N_("We have no tries left. Resend it in a few minutes.")),
    "refused": FailureReason(
        (N_("{host} is reachable, but nothing there is accepting connections."),
         N_("The server is reachable, but nothing there is accepting connections.")),
        N_("Ask whether the system is running and the port is right."), THEY),
    "reset": FailureReason(
        (N_("{host} closed the connection before answering."),
         N_("The server closed the connection before answering.")),
        N_("Ask them to look at firewall and server logs."), THEY),
    "cut_off": FailureReason(
        (N_("{host} answered {status}, then broke off; it may have received the event."),
         N_("The server answered, then broke off; it may have received the event.")),
        N_("Check whether it arrived, and ask them why their answers break off."), THEY),
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
    "read_timeout_answered": FailureReason(
        (N_("{host} answered {status}, but its answer did not end within {seconds} seconds; "
            "it may have received the event."),
         N_("{host} answered {status}, but its answer did not end within {seconds_one} second; "
            "it may have received the event."),
         N_("{host} answered {status}, but its answer did not end in time; it may have received the event."),
         N_("The server answered, but its answer did not end in time; it may have received the event.")),
        N_("Ask them to finish their answers; check for duplicates."), THEY),
    "tls_expired": FailureReason(
        (N_("{host}'s security certificate expired on {date}, so we did not send."),
         N_("{host}'s security certificate has expired, so we did not send."),
         N_("The server's security certificate has expired, so we did not send.")),
        N_("Ask them to renew it, then resend."), THEY),
    "tls_self_signed": FailureReason(
        (N_("{host} uses a security certificate that no recognised authority has signed."),
         N_("The server uses a security certificate that no recognised authority has signed.")),
        N_("Ask for one from a recognised authority."), THEY),
    "tls_incomplete_chain": FailureReason(
        (N_("{host} sends an incomplete security certificate."),
         N_("The server sends an incomplete security certificate.")),
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
        (N_("This address redirects to {new}, and we do not follow redirects."),
         N_("This address redirects to another one, and we do not follow redirects.")),
        N_("Check that the new address is theirs, then change the address."), YOU),
    "moved_unknown": FailureReason(
        N_("This address redirects to another one, and we do not follow redirects."),
        N_("Ask them for the new address."), YOU),
    "redirect": FailureReason(
        (N_("{host} redirected us to another page, often a log-in page."),
         N_("We were redirected to another page, often a log-in page.")),
        N_("Ask for the address meant for programs."), THEY),
    "not_modified": FailureReason(
        (N_("{host} answered that nothing has changed (304), which says nothing about the event."),
         N_("The server answered that nothing has changed (304), which says nothing about the event.")),
        N_("Ask them to answer 200 when the event has arrived."), THEY),
    "http_400": FailureReason(
        (N_("{host} received the event but could not understand it."),
         N_("It received the event but could not understand it.")), N_("Send them the data we sent."), THEY),
    "http_401": FailureReason(
        (N_("{host} did not accept our password or key."), N_("It did not accept our password or key.")),
        N_("Update the authentication, test it, then resend."), YOU),
    "http_403": FailureReason(
        (N_("{host} recognised us but refused access."), N_("It recognised us but refused access.")),
        N_("Ask which right or address is missing."), THEY),
    "challenge": FailureReason(
        (N_("A bot-protection service in front of {host} blocked us."), N_("A bot-protection service blocked us.")),
        N_("Ask them to exempt this address."), THEY),
    "http_404": FailureReason(
        (N_("{host} is up, but there is nothing at this address."),
         N_("The server is up, but there is nothing at this address.")),
        (N_("Check the part after {host}."), N_("Check the part after the name of the server.")), YOU),
    "http_405": FailureReason(
        (N_("{host} does not accept {method} requests at this address."),
         N_("It does not accept {method} requests at this address."),
         N_("It does not accept this method at this address.")),
        N_("Change the method, usually to POST."), YOU),
    "http_405_post": FailureReason(
        (N_("{host} does not accept POST requests at this address."),
         N_("It does not accept POST requests at this address.")),
        N_("Check the address, or ask which method they need."), YOU),
    "asked_again": FailureReason(
        (N_("{host} asked us to send again."), N_("It asked us to send again.")),
        (N_("Nothing. Next try {time}."), N_("Wait for the next try, or resend it.")), NOBODY,
        N_("We have no tries left. Resend it.")),
    "http_409": FailureReason(
        (N_("{host} says this conflicts with something it already has."),
         N_("It says this conflicts with something it already has.")),
        N_("Check whether it arrived before resending."), THEY),
    "http_410": FailureReason(
        (N_("{host} says this address is permanently gone, so we turned the webhook off."),
         N_("It says this address is permanently gone, so we turned the webhook off.")),
        N_("Enter a new address, or leave it off."), YOU),
    "http_410_test": FailureReason(
        (N_("{host} says this address is permanently gone."), N_("It says this address is permanently gone.")),
        N_("Enter a new address, or leave it off."), YOU),
    "http_413": FailureReason(
        (N_("The data ({size}) is larger than it accepts."), N_("The data is larger than it accepts.")),
        N_("Send fewer fields, or ask for a higher limit."), YOU),
    "http_415": FailureReason(
        (N_("It does not accept {content_type}."), N_("It does not accept the format we send.")),
        N_("Change the format, or ask which one they need."), YOU),
    "http_422": FailureReason(
        (N_('It understood us but refused a value: "{quote}".'), N_("It understood us but refused a value.")),
        N_("Fix the record, or send them the quote."), YOU),
    "http_422_silent": FailureReason(
        N_("It understood us but refused a value."), N_("Ask them which value, then fix the record."), YOU),
    "http_429": FailureReason(
        (N_("{host} asked us to slow down. We will try again at {time}."), N_("{host} asked us to slow down."),
         N_("It asked us to slow down.")),
        N_("Nothing. If it happens daily, lower the speed."), NOBODY,
        N_("We have no tries left. Lower the speed, then resend it.")),
    "http_500": FailureReason(
        N_("The receiving system had an error of its own."),
        N_("If this continues, send them the details."), THEY),
    "down": FailureReason(
        (N_("{host} is down or overloaded."), N_("It is down or overloaded.")),
        (N_("Nothing yet. We will try {n} more times, until {until}."),
         N_("Nothing yet. We will try {n_one} more time, at {time}."), *_NEXT_ATTEMPT), NOBODY,
        (N_("We have no tries left. Resend it when {host} is up again."),
         N_("We have no tries left. Resend it when the server is up again."))),
    "http_4xx": FailureReason(
        (N_("It refused the event with code {status}."), N_("It refused the event.")),
        N_("Send them the details and ask what they need."), THEY),
    "http_5xx": FailureReason(
        (N_("The receiving system had an error of its own, code {status}."),
         N_("The receiving system had an error of its own.")),
        N_("If this continues, send them the details."), THEY),
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
    "not_status_ok_encoding": FailureReason(
        (N_('Its answer says "Content-Encoding: {encoding}", and we could not read it so.'),
         N_("We could not read its answer: it is in another encoding than its header Content-Encoding says.")),
        N_("Ask them to leave the header Content-Encoding out, or to answer with gzip."), THEY),
    "blocked_address": FailureReason(
        (N_("{host} is inside a private network, which we block for safety."),
         N_("This address is inside a private network, which we block for safety.")),
        N_("Use a public address, or ask whoever runs Hookdesk."), YOU),
    "not_https": FailureReason(N_("This address is not secure."), N_("Change it to https://."), YOU),
    "oauth_refused": FailureReason(
        (N_('We could not get an access token from {oauth_credential}: "{error}".'),
         N_("We could not get an access token from {oauth_credential}."), N_("We could not get an access token.")),
        N_("Check client ID and secret, Test."), YOU),
    "oauth_unreachable": FailureReason(
        N_("The authorisation server did not answer."),
        (N_("Nothing. Next try {time}."), N_("Wait for the next try, or resend it.")), NOBODY,
        N_("We have no tries left. Resend it when the authorisation server answers again.")),
    "oauth_page": FailureReason(
        (N_("The token address of {oauth_credential} answered with a web page instead of an access token."),
         N_("The token address answered with a web page instead of an access token.")),
        N_("Check the token address: it is the one for programs, not the page for people."), YOU),
    "oauth_not_connected": FailureReason(
        (N_("{oauth_credential} is not connected: somebody has to log in there first."),
         N_("The OAuth connection is not connected: somebody has to log in there first.")),
        N_("Open the OAuth connection and press Connect, or enter a new code."), YOU),
    "oauth_host_not_named": FailureReason(
        (N_("The OAuth connection of this webhook may not be used for {host}, so we did not send."),
         N_("The OAuth connection of this webhook may not be used for this server, so we did not send.")),
        N_("Add the server to the OAuth connection, test the webhook, then resend."), YOU),
    "oauth_address": FailureReason(
        (N_("We could not reach the authorisation server {host}."),
         N_("We could not reach the authorisation server.")),
        (N_("Check the token address of {oauth_credential}, Test."), N_("Check its token address, Test.")), YOU),
    "oauth_down": FailureReason(
        (N_("The authorisation server is down or overloaded: it answered with code {code}."),
         N_("The authorisation server is down or overloaded.")), _NEXT_ATTEMPT, NOBODY,
        N_("We have no tries left. Resend it when the authorisation server answers again.")),
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
        (N_("We turned this webhook off after {n} failed tries in a row; {m} events are waiting."),
         N_("We turned this webhook off after {n} failed tries in a row; {m_one} event is waiting."),
         N_("We turned this webhook off after {n} failed tries in a row."),
         N_("We turned this webhook off after {n_one} failed try; {m} events are waiting."),
         N_("We turned this webhook off after {n_one} failed try; {m_one} event is waiting."),
         N_("We turned this webhook off because it kept failing.")),
        (N_("Fix the cause, test, turn it on, then send the {m}."),
         N_("Fix the cause, test, turn it on, then send the {m_one} that is waiting."),
         N_("Fix the cause, test, turn it on.")), YOU),
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
TABLE["down_asked"] = TABLE["down"]._replace(
    what=(
        N_("{host} is down or overloaded and asked us to wait."),
        N_("It is down or overloaded and asked us to wait."),
    )
)
UNKNOWN = FailureReason(
    N_("It did not work, and we do not know why."), N_("Look at the technical details, then resend it."), YOU
)

# A reason in two or three words, for badges and lists. Codes (http_404) say themselves.
BADGES: dict[str, str] = {
    "dns_not_found": N_("Server not found"),
    "dns_timeout": N_("DNS lookup timed out"),
    "refused": N_("Connection refused"),
    "reset": N_("Closed the connection"),
    "cut_off": N_("Answer broke off"),
    "connect_timeout": N_("Could not be reached"),
    "read_timeout": N_("No answer in time"),
    "tls_expired": N_("Certificate expired"),
    "tls_self_signed": N_("Certificate not trusted"),
    "tls_incomplete_chain": N_("Certificate incomplete"),
    "tls_name_mismatch": N_("Certificate for another name"),
    "tls_handshake": N_("No secure connection"),
    "redirect": N_("Redirected"),
    "challenge": N_("Blocked by bot protection"),
    "not_status_ok": N_('Without {"status":"OK"}'),
    "blocked_address": N_("Private network"),
    "not_https": N_("Not https://"),
    "oauth_refused": N_("No access token"),
    "oauth_unreachable": N_("Authorisation server did not answer"),
    "too_large": N_("Too large"),
    "unknown_outcome": N_("Outcome not known"),
    "internal": N_("Our own error"),
}
