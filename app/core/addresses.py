"""Flask, but for addresses that belong to no space: what browsers keep, what programs call, what others lead to."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request

# Endpoints whose addresses carry no space, whatever page makes them.
_OF_NO_SPACE = (
    *("static", "api.", "action.", "problem", "home.api_section"),
    *("oauth_callback.", "single_sign_on.", "second_step.", "joining.", "password_resets."),
    *(
        "email_changes.",
        "shared_delivery.",
        "developers.show",
        "developers.document",
        "confirmation.",
        "inbox.address",
        "sns.",
    ),
)


class HookdeskFlask(Flask):
    """The application. Every other address carries the space of the page that makes it (`core.space_path`)."""

    def url_for(self, endpoint: str, **values: Any) -> str:
        """As Flask's own."""
        address = super().url_for(endpoint, **values)
        if not has_request_context() or not request.script_root:
            return address
        if endpoint.startswith(_OF_NO_SPACE) or g.get("outside_space", False):
            return address.replace(request.script_root, "", 1)
        return address
