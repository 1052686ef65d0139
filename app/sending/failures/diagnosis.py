"""Why it failed, in plain words: which row of the table a reason is, and its sentences with the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from app.outbound.marked import N_
from app.sending.failures.reasons import NOBODY, TABLE, THEY, UNKNOWN, YOU, FailureReason
from app.sending.failures.wording import Translate, Wordings, as_texts, say


class Explanation(NamedTuple):
    """what: what happened. next: what to do now. who: `you`, `they` or `nobody`; see `who_label`.

    failure_reason: the row it is said of; `new`: the address that a redirect names, for `actions`. quote: what the
    receiver itself said, where the sentence does not quote it already; shown as a quote, never as our words.
    """

    what: str
    next: str
    who: str
    failure_reason: str = ""
    new: str = ""
    quote: str = ""

    def said(self) -> dict[str, str]:
        """What the API says: sentence, next step, who."""
        return {"what": self.what, "next": self.next, "who": self.who}


_WHO = {YOU: N_("an admin here"), THEY: N_("the receiver's developer"), NOBODY: N_("nobody, we try again")}

# The receiver's own order (`delivery_control`), after whatever else its answer said.
_ABORTED = N_("It also asked us not to try this event again, so we stopped.")
_ABORTED_NEXT = N_("Ask them why. Resend it once they want it.")
_TEST_AGAIN = N_("Wait a little, then Test again.")

_ALIASES = {
    "http_408": "asked_again",
    "http_425": "asked_again",
    "http_502": "down",
    "http_503": "down",
    "http_504": "down",
    # What Cloudflare and others answer for a server behind them that is down, full or silent.
    **dict.fromkeys(("http_521", "http_522", "http_523", "http_524", "http_529", "http_530"), "down"),
}


def explain(reason: str, facts: Mapping[str, object], gettext: Translate = str) -> Explanation:
    """Say in plain words what went wrong, what to do next and who must do it.

    reason: one of the API's words, or `unconfirmed`, `stopped`, `data_gone`. facts: what is known, as
    `failure_facts` gives it or by hand: `host`, `time` (of the next attempt), `until` (of the last planned
    one), `n`, `m`, `days`, `ago`, `oauth_credential`, `error`, `id`...; `final`: we do not try again; `test`: it
    was a test or a ping; `aborted`: the receiver wants no more tries of it; `asked_to_wait`. All may be missing.
    gettext: translates a message before its facts are put in.
    """
    found = failure_reason(reason, facts)
    if "sign_in" in facts:  # what the name of the OAuth connection was kept as before
        facts = {**facts, "oauth_credential": facts["sign_in"]}
    row = TABLE.get(found, UNKNOWN)
    next_step, who = _next_step(row, facts)
    if facts.get("final") or facts.get("test"):
        facts = {name: value for name, value in facts.items() if name != "time"}
    texts = as_texts(facts)
    what, then = say(row.what, texts, gettext), say(next_step, texts, gettext)
    if facts.get("aborted"):
        what = f"{what} {gettext(_ABORTED)}"
        then, who = (gettext(_ABORTED_NEXT), YOU) if row.who == NOBODY else (then, who)
    return Explanation(what, then, who, found, str(facts.get("new", "")), _quote(facts, what))


def _quote(facts: Mapping[str, object], what: str) -> str:
    """The receiver's own words, unless the sentence has them."""
    quote = str(facts.get("said", ""))
    return "" if quote and quote in what else quote


def who_label(who: str, gettext: Translate = str) -> str:
    """Who must act, as it reads after "Needs action by:"."""
    return gettext(_WHO[who])


def failure_reason(reason: str, facts: Mapping[str, object]) -> str:
    """The row of TABLE for a reason; some reasons are several failure reasons, told apart by the facts."""
    if split := _SPLITS.get(reason):
        return split(facts)
    if reason in TABLE:
        return reason
    if reason in _ALIASES:
        return _ALIASES[reason]
    if reason.startswith("http_"):
        return {"http_4": "http_4xx", "http_5": "http_5xx"}.get(reason[:6], "http_other")
    return reason


def _redirect(facts: Mapping[str, object]) -> str:
    status = str(facts.get("status"))
    if status not in ("301", "308"):
        return _REDIRECTS.get(status, "http_other")
    return "moved" if facts.get("new") else "moved_unknown"


# 300, 305 and 306 lead nowhere in particular.
_REDIRECTS = {"304": "not_modified", "None": "redirect", **dict.fromkeys(("302", "303", "307"), "redirect")}


def _not_status_ok(facts: Mapping[str, object]) -> str:
    if facts.get("encoding"):
        return "not_status_ok_encoding"
    if facts.get("x"):
        return "not_status_ok_other"
    return "not_status_ok_page" if facts.get("html") else "not_status_ok"


def _oauth_refused(facts: Mapping[str, object]) -> str:
    if facts.get("host_not_named"):
        return "oauth_host_not_named"
    if facts.get("not_connected"):
        return "oauth_not_connected"
    return "oauth_page" if facts.get("html") else "oauth_refused"


def _oauth_unreachable(facts: Mapping[str, object]) -> str:
    fault = str(facts.get("fault", ""))
    if fault in ("dns_not_found", "blocked_address", "not_https") or fault.startswith("tls_"):
        return "oauth_address"
    return "oauth_down" if facts.get("code") else "oauth_unreachable"


_SPLITS: dict[str, Callable[[Mapping[str, object]], str]] = {
    "redirect": _redirect,
    "read_timeout": lambda facts: "read_timeout_answered" if facts.get("status") else "read_timeout",
    "not_status_ok": _not_status_ok,
    "oauth_refused": _oauth_refused,
    "oauth_unreachable": _oauth_unreachable,
    "http_503": lambda facts: "down_asked" if facts.get("asked_to_wait") else "down",
    "http_405": lambda facts: "http_405_post" if facts.get("method") == "POST" else "http_405",
    "http_410": lambda facts: "http_410_test" if facts.get("test") else "http_410",
    "http_422": lambda facts: "http_422" if facts.get("quote") else "http_422_silent",
    "too_large": lambda facts: "too_large_address" if facts.get("part") == "address" else "too_large",
}


def _next_step(row: FailureReason, facts: Mapping[str, object]) -> tuple[Wordings, str]:
    if row.at_end is None:
        return row.next, row.who
    if facts.get("test"):  # a test is never repeated by itself
        return _TEST_AGAIN, YOU
    return (row.at_end, YOU) if facts.get("final") else (row.next, row.who)
