"""Every beginning of an address that looks like a section leads somewhere (R41)."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import HTTPException

pytestmark = pytest.mark.databases("sqlite")
# Programs follow these, or people by a link with a secret: nobody shortens them.
FOR_PROGRAMS = {
    "/static",
    "/sns",
    "/confirm",
    "/join",
    "/new-password",
    "/confirm-email",
    "/shared",
    "/enter",
    "/api/admin",
    "/api/admin/v2",
    "/api/v1/incoming",
    "/in",
}


def sections(app) -> set[str]:
    """The fixed beginnings of all addresses that are read."""
    found = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        parts = rule.rule.strip("/").split("/")[:-1]
        fixed = next((n for n, part in enumerate(parts) if "<" in part), len(parts))
        found |= {"/" + "/".join(parts[:n]) for n in range(1, fixed + 1)}
    return found - FOR_PROGRAMS


def test_no_section_is_a_dead_end(app, admin):
    adapter, dead = app.url_map.bind("localhost"), []
    for address in sections(app):
        try:
            adapter.match(address, method="GET")
        except HTTPException:
            dead.append(address)
        else:
            answer = admin.client.get(address, follow_redirects=True)
            if answer.status_code not in {200, 401}:  # 401: of the API, which asks for a key
                dead.append((address, answer.status_code))
    assert dead == []


def test_settings_leads_to_the_first_page_that_one_may_see(admin, support, log_in):
    assert admin.get("/settings").location == "/settings/oauth-connections"
    assert support.get("/settings").location == "/settings/alerts"
    answer = log_in("member").get("/settings")
    assert answer.status_code == 403
    assert "Ask an owner or admin of the space." in answer.text
