"""What can be done about each failure reason: one row a reason, from which pages, mail and API make their next step.

A test holds that each reason whose next step can be done in Hookdesk has its action.
"""

from __future__ import annotations

USE_NEW_ADDRESS = "use_new_address"
EDIT_ADDRESS, EDIT_METHOD, EDIT_LOGIN = "edit_address", "edit_method", "edit_login"
EDIT_FIELDS, EDIT_FORMAT, EDIT_RULE, EDIT_SPEED = "edit_fields", "edit_format", "edit_rule", "edit_speed"
OPEN_OAUTH = "open_oauth"
SEND_LINK_AGAIN = "send_link_again"
HAND_OVER = "hand_over"
RESEND, TEST_AND_TURN_ON = "resend", "test_and_turn_on"

ACTIONS = (
    *(
        USE_NEW_ADDRESS,
        EDIT_ADDRESS,
        EDIT_METHOD,
        EDIT_LOGIN,
        EDIT_FIELDS,
        EDIT_FORMAT,
        EDIT_RULE,
        EDIT_SPEED,
    ),
    *(OPEN_OAUTH, SEND_LINK_AGAIN, HAND_OVER, RESEND, TEST_AND_TURN_ON),
)

# fmt: off
_ACTIONS: dict[str, tuple[str, ...]] = {
    "dns_not_found": (EDIT_ADDRESS,), "dns_timeout": (RESEND,),
    "refused": (HAND_OVER, EDIT_ADDRESS), "reset": (HAND_OVER,), "connect_timeout": (HAND_OVER,),
    "read_timeout": (HAND_OVER,),
    "tls_expired": (HAND_OVER, RESEND), "tls_self_signed": (HAND_OVER,), "tls_incomplete_chain": (HAND_OVER,),
    "tls_name_mismatch": (EDIT_ADDRESS, HAND_OVER), "tls_handshake": (HAND_OVER,),
    "moved": (USE_NEW_ADDRESS,), "moved_unknown": (EDIT_ADDRESS,), "redirect": (EDIT_ADDRESS, HAND_OVER),
    "http_400": (HAND_OVER,), "http_401": (EDIT_LOGIN, RESEND), "http_403": (HAND_OVER,), "challenge": (HAND_OVER,),
    "http_404": (EDIT_ADDRESS,), "http_405": (EDIT_METHOD,), "http_405_post": (EDIT_ADDRESS, EDIT_METHOD),
    "asked_again": (RESEND,), "http_409": (HAND_OVER, RESEND),
    "http_410": (EDIT_ADDRESS,), "http_410_test": (EDIT_ADDRESS,),
    "http_413": (EDIT_FIELDS,), "http_415": (EDIT_FORMAT,), "http_422": (HAND_OVER,), "http_422_silent": (HAND_OVER,),
    "http_429": (EDIT_SPEED,), "http_500": (HAND_OVER,), "down": (RESEND,), "down_asked": (RESEND,),
    "http_4xx": (HAND_OVER,), "http_5xx": (HAND_OVER,), "http_other": (HAND_OVER,),
    "not_status_ok": (HAND_OVER, EDIT_RULE), "not_status_ok_page": (EDIT_ADDRESS,), "not_status_ok_other": (HAND_OVER,),
    "blocked_address": (EDIT_ADDRESS,), "not_https": (EDIT_ADDRESS,),
    "oauth_refused": (OPEN_OAUTH,), "oauth_unreachable": (OPEN_OAUTH,), "oauth_page": (OPEN_OAUTH,),
    "oauth_not_connected": (OPEN_OAUTH,), "oauth_address": (OPEN_OAUTH,), "oauth_down": (OPEN_OAUTH,),
    "too_large": (HAND_OVER,), "too_large_address": (EDIT_FIELDS, EDIT_METHOD),
    "unconfirmed": (SEND_LINK_AGAIN,), "stopped": (TEST_AND_TURN_ON,),
    "unknown_outcome": (RESEND,), "internal": (RESEND,),
}
# fmt: on
# A reason that has no row asks for the technical details, which the hand-over carries.
_OTHERWISE = (HAND_OVER,)
# Nothing can be done here about these: what they ask for is done in the source system.
NOTHING_HERE = frozenset({"data_gone"})


def actions_for(failure_reason: str) -> tuple[str, ...]:
    """The actions for a reason, the most useful first; of those a page shows what its visitor may do."""
    return () if failure_reason in NOTHING_HERE else _ACTIONS.get(failure_reason, _OTHERWISE)
