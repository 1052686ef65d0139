"""Logging in with OpenID Connect, against a real provider."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from app.core.extensions import db
from app.core.settings import SettingsError, read_settings
from app.models import Change, Invitation, Membership, Person, Space
from app.queries.people import all_roles
from app.services import people
from app.services.people import invitations
from app.services.single_sign_on import provider as at
from tests.machine.oidc_provider import CLIENT_SECRET, OidcProvider
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.databases("sqlite")
ADA = "ada@example.com"


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    started = OidcProvider().start()
    yield started
    started.stop()


@pytest.fixture
def settings(settings: dict[str, str], provider: OidcProvider) -> dict[str, str]:
    """Neither plain http nor loopback may be reached by what people type: the provider is a setting."""
    closed = {"DELIVERY_ALLOW_NETWORKS": "", "DELIVERY_ALLOW_HTTP": "0", "DELIVERY_ALLOW_PORTS": ""}
    return {**settings, **closed, **provider.settings}


@pytest.fixture
def role_ids(app: Flask, space_id: str) -> dict[str, str]:
    with app.test_request_context():
        return {role.key: role.id for role in all_roles(space_id)}


def leave(client: FlaskClient) -> str:
    """Go to the provider; the address that it sends the browser back to."""
    away = client.get("/login/sso?next=/account")
    assert away.status_code == 303, away.text
    allow = away.location.replace("/authorize?", "/allow?")
    return requests.get(allow, allow_redirects=False, timeout=5).headers["Location"]


def come_back(client: FlaskClient, address: str, **changes: str):
    parts = urlsplit(address)
    query = urlencode({**dict(parse_qsl(parts.query)), **changes})
    return client.get(f"{parts.path}?{query}")


def log_in(app: Flask):
    client = app.test_client()
    return client, come_back(client, leave(client))


def refused(app: Flask, **changes: str) -> str:
    """What the log-in page says."""
    client = app.test_client()
    assert come_back(client, leave(client), **changes).location == "/login"
    return client.get("/login").text


def add(app: Flask, space_id: str, role: str = "support", **more: Any) -> None:
    with app.test_request_context():
        person = people.create_person(ADA, PASSWORD, space_id, role)
        db.session.query(Person).filter_by(id=person.id).update(more or {"name": ""})
        db.session.commit()


def test_a_known_address_logs_in_and_is_known_by_its_account_from_then_on(app, provider, space_id):
    add(app, space_id)
    assert "Log in with Example ID" in app.test_client().get("/login").text
    client, answer = log_in(app)
    assert answer.location == "/account"
    assert ADA in client.get("/account").text
    provider.person.claims["email"] = "renamed@example.com"
    client, answer = log_in(app)
    assert answer.location == "/account" and ADA in client.get("/account").text
    with app.test_request_context():
        assert db.session.query(Person).count() == 1
        assert {"sso_linked", "logged_in"} <= {change.kind for change in db.session.query(Change)}


def test_the_way_there_carries_state_nonce_and_pkce(app, provider, space_id):
    query = parse_qs(urlsplit(app.test_client().get("/login/sso").location).query)
    assert query["code_challenge_method"] == ["S256"] and query["response_type"] == ["code"]
    assert all(len(query[name][0]) >= 32 for name in ("state", "nonce", "code_challenge"))
    assert query["redirect_uri"] == ["http://localhost/login/sso/callback"]
    assert CLIENT_SECRET not in str(query)


def test_unknown_and_not_invited_stays_outside(app, provider, space_id):
    assert f"Nobody has invited {ADA} to a space here yet." in refused(app)
    with app.test_request_context():
        assert db.session.query(Person).count() == 0


def test_unknown_and_invited_joins(app, provider, space_id, role_ids):
    with app.test_request_context():
        owner = next(role for role in all_roles(space_id) if role.key == "owner")
        invitations.invite(space_id, ADA, role_ids["support"], owner, "owner@example.com")
    client, answer = log_in(app)
    assert answer.status_code == 303 and client.get("/webhooks").status_code == 200
    assert client.get("/webhooks/new").status_code == 403
    with app.test_request_context():
        person = db.session.query(Person).one()
        assert (person.email, person.name, person.password_hash) == (ADA, "Ada Lovelace", "")
        assert db.session.query(Invitation).one().accepted_at is not None
    assert app.test_client().post("/login", data={"email": ADA, "password": ""}).status_code == 422


def test_a_space_may_let_everybody_in(app, provider, space_id, role_ids):
    with app.test_request_context():
        db.session.query(Space).update({"sso_role_id": role_ids["member"]})
        db.session.commit()
    assert log_in(app)[1].status_code == 303
    with app.test_request_context():
        assert db.session.query(Membership).one().role.key == "member"


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_verified_opens_nothing(app, provider, space_id, verified):
    add(app, space_id)
    provider.person.claims["email_verified"] = verified
    assert "Example ID has not verified your e-mail address." in refused(app)


@pytest.mark.parametrize(
    "forged",
    [
        {"nonce": "another"},
        {"aud": "another client"},
        {"aud": ["another client"], "azp": "another client"},
        {"iss": "https://another.example"},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_this_log_in_is_refused(app, provider, space_id, forged):
    add(app, space_id)
    provider.forged = forged
    assert "We could not verify what Example ID told us." in refused(app)


def test_a_token_of_a_foreign_key_is_refused_and_a_new_key_is_fetched(app, provider, space_id):
    add(app, space_id)
    assert log_in(app)[1].status_code == 303
    provider.signs_with = provider.new_key()
    assert "We could not verify what Example ID told us." in refused(app)
    provider.key = provider.signs_with
    assert log_in(app)[1].location == "/account"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": "another"}, "begun in another tab or too long ago"),
        ({"state": ""}, "begun in another tab or too long ago"),
        ({"iss": "https://another.example"}, "What Example ID sent back is incomplete"),
        ({"error": "access_denied"}, "Example ID did not let you in"),
        ({"code": "guessed"}, "Logging in with Example ID did not work"),
    ],
)
def test_a_return_that_is_not_ours_is_refused(app, provider, space_id, changes, sentence):
    add(app, space_id)
    assert sentence in refused(app, **changes)


def test_a_stranger_cannot_hand_over_a_return_of_their_own(app, provider, space_id):
    add(app, space_id)
    address = leave(app.test_client())
    victim = app.test_client()
    provider.asked.clear()
    assert come_back(victim, address).location == "/login"
    assert victim.get("/webhooks").location.startswith("/login")
    assert "/token" not in provider.asked


def test_a_return_counts_once(app, provider, space_id):
    add(app, space_id)
    client = app.test_client()
    address = leave(client)
    assert come_back(client, address).location == "/account"
    client.post("/logout")
    assert come_back(client, address).location == "/login"


def test_another_account_of_the_provider_does_not_take_over_an_address(app, provider, space_id):
    add(app, space_id)
    log_in(app)
    provider.person.sub = "another"
    assert f"Another account of your provider belongs to {ADA} here." in refused(app)


def test_who_made_an_account_for_a_foreign_address_is_put_out(app, provider, space_id):
    """An account made by a link that was handed over: nobody has shown to read that mailbox."""
    add(app, space_id, email_proven=False)
    squatter = app.test_client()
    assert squatter.post("/login", data={"email": ADA, "password": PASSWORD}).status_code == 303
    assert log_in(app)[1].status_code == 303
    assert squatter.get("/webhooks").location.startswith("/login")
    assert app.test_client().post("/login", data={"email": ADA, "password": PASSWORD}).status_code == 422


def test_what_the_token_does_not_say_is_asked_for(app, provider, space_id):
    add(app, space_id)
    provider.in_id_token = False
    assert log_in(app)[1].location == "/account"
    assert "/me" in provider.asked


def test_two_steps_are_asked_for_all_the_same(app, provider, space_id):
    add(app, space_id, totp_since=1)
    client, answer = log_in(app)
    assert answer.location == "/login/code"
    assert client.get("/webhooks").location.startswith("/login")


def test_a_claim_gives_a_role_and_makes_or_unmakes_no_owner(app_with, provider, space_id, app):
    add(app, space_id)
    mapped = app_with(OIDC_ROLE_CLAIM="groups", OIDC_ROLES="desk-admins=admin, helpdesk=support")

    def role_after(groups: object) -> str:
        provider.person.claims["groups"] = groups
        assert log_in(mapped)[1].status_code == 303
        with app.test_request_context():
            return db.session.query(Membership).one().role.key

    assert role_after(["desk-admins", "others"]) == "admin"
    assert role_after("helpdesk") == "support"
    assert role_after(["unknown"]) == "support"
    assert role_after(None) == "support"
    add(app, space_id, role="owner")
    assert role_after(["helpdesk"]) == "owner"


def test_a_provider_that_does_not_answer_costs_seconds_and_says_so(app, provider, space_id, monkeypatch):
    monkeypatch.setattr(at, "TIMEOUT_MS", 300)
    provider.silent_s = 1
    client = app.test_client()
    started = time.monotonic()
    assert client.get("/login/sso").location == "/login"
    assert time.monotonic() - started < 3
    assert "Try again, or log in with your password." in client.get("/login").text


def test_without_the_setting_there_is_no_such_way(app_with, app, space_id):
    bare = app_with(OIDC_ISSUER="")
    assert "Example ID" not in bare.test_client().get("/login").text
    for path in ("/login/sso", "/login/sso/callback?code=x&state=y"):
        assert bare.test_client().get(path).location == "/login"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ISSUER", "login.example.com"),
        ("OIDC_CLIENT_SECRET", ""),
        ("OIDC_ROLES", "admins"),
        ("OIDC_ROLES", "bosses=owner"),
        ("OIDC_NAME", "x" * 61),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(settings, name, value):
    with pytest.raises(SettingsError, match="OIDC_"):
        read_settings({**settings, name: value})
