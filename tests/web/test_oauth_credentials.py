"""OAuth credentials on screen: list, form, test, connect, delete; and the choice in a webhook's form."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests

from app.core.extensions import db
from app.models import OAuthConnection, OAuthCredential, Webhook
from app.services import oauth_credentials, people, spaces
from tests.machine.oauth_records import CLIENT_ID, CLIENT_SECRET
from tests.web.conftest import PASSWORD, Visitor
from tests.web.test_form import GOOD as WEBHOOK

pytestmark = pytest.mark.databases("sqlite")

PAGE = "/settings/oauth-connections"
GOOD = {
    "name": "CRM sign-in",
    "grant_type": "client_credentials",
    "token_url": "https://crm.example.com/oauth/token",
    "method": "POST",
    "send_in": "form",
    "client_id": "hookdesk",
    "client_secret": "canary-secret-1",
    "scope": "hooks",
    "code_from": "connect",
    "other_name": ["tenant", "x-own", ""],
    "other_value": ["acme", "canary-own-1", ""],
}


@pytest.fixture
def add(admin):
    """Adds an OAuth credential by the form; returns its page."""

    def do(**changes) -> str:
        answer = admin.post(f"{PAGE}/new", **{**GOOD, **changes})
        assert answer.status_code == 303, re.findall(r'class="wrong".*?<', answer.text)
        return answer.location

    return do


@pytest.fixture
def stored(app):
    """The parameters of the only OAuth credential, secrets None."""

    def read() -> dict:
        with app.test_request_context():
            return oauth_credentials.settings_of(db.session.query(OAuthCredential).one())

    return read


@pytest.fixture
def secrets_now(app):
    """The parameters of the only OAuth credential, in the clear."""

    def read() -> dict:
        with app.test_request_context():
            return oauth_credentials.settings.stored_parameters(db.session.query(OAuthCredential).one())

    return read


def test_the_empty_list_shows_two_ways_to_add_one(admin):
    page = admin.get(PAGE).text
    assert page.count(f'href="{PAGE}/new') == 3
    assert "Enter client ID and secret" in page
    assert "Connect by signing in" in page


def test_everything_typed_is_saved_and_secrets_are_never_shown(admin, add, stored, secrets_now):
    page = add()
    assert stored() == {
        "name": "CRM sign-in",
        "token_url": "https://crm.example.com/oauth/token",
        "method": "POST",
        "send_in": "form",
        "parameters": {
            "grant_type": "client_credentials",
            "client_id": "hookdesk",
            "client_secret": None,
            "scope": "hooks",
            "tenant": "acme",
            "x-own": None,
        },
        "authorize_url": None,
        "hosts": [],
    }
    shown = admin.get(page).text
    assert "canary" not in shown + admin.get(PAGE).text
    assert 'value="acme"' in shown
    empty = {**GOOD, "client_secret": "", "other_value": ["acme", "", ""], "name": "Renamed"}
    assert admin.post(page, **empty).status_code == 303
    assert stored()["name"] == "Renamed"
    assert secrets_now()["client_secret"] == "canary-secret-1"
    assert secrets_now()["x-own"] == "canary-own-1"


def test_what_is_wrong_is_said_and_what_was_typed_stays(admin, app):
    wrong = {**GOOD, "token_url": "http://", "client_id": "", "method": "GET", "send_in": "json"}
    answer = admin.post(f"{PAGE}/new", **wrong)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert 'value="CRM sign-in"' in answer.text
    assert 'href="#f-token_url"' in answer.text and 'href="#f-send_in"' in answer.text
    assert "canary" not in answer.text
    answer = admin.post(f"{PAGE}/new", **{**GOOD, "client_id": ""})
    assert "Enter the client ID." in answer.text and 'href="#f-parameters-client_id"' in answer.text
    twice = admin.post(f"{PAGE}/new", **{**GOOD, "other_name": ["a", "a"], "other_value": ["1", "2"]})
    assert "stands twice" in twice.text
    with app.test_request_context():
        assert db.session.query(OAuthCredential).count() == 0


def test_another_host_wants_its_secrets_again(admin, add):
    page = add()
    moved = {**GOOD, "token_url": "https://other.example.com/t", "client_secret": ""}
    answer = admin.post(page, **{**moved, "other_value": ["acme", "", ""]})
    assert answer.status_code == 422
    assert answer.text.count("The token address is on another host now.") == 4  # in the summary, by the field


@pytest.mark.parametrize("grant", ["password", "refresh_token", "authorization_code"])
def test_the_form_of_each_grant(grant, admin, add, secrets_now):
    more = {"username": "ada", "password": "canary-p", "refresh_token": "canary-r", "code": "canary-c"}
    page = add(grant_type=grant, code_from="typed", other_name=[], other_value=[], **more)
    expected = {"password": {"username", "password"}, "refresh_token": {"refresh_token"}}.get(grant, {"code"})
    assert set(secrets_now()) == {"grant_type", "client_id", "client_secret", "scope"} | expected
    assert "canary" not in admin.get(page).text


def test_test_shows_what_the_server_answered(admin, add, oauth_server):
    mine = {"token_url": oauth_server.token_url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    page = add(**mine)
    part = admin.post(f"{page}/test", target="credential-status")
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "The test got an access token" in part.text and "200 OK" in part.text
    assert "canary" not in part.text and "••••" in part.text
    admin.post(page, **{**GOOD, **mine, "client_secret": "canary-wrong"})
    failed = admin.post(f"{page}/test").text
    assert "The test got no access token" in failed and "Check client ID and secret, Test." in failed
    admin.post(page, **{**GOOD, **mine, "token_url": f"{oauth_server.url}/page"})
    html = admin.post(f"{page}/test").text
    assert "answered with a web page instead of an access token" in html
    assert "Gets no access token" in admin.get(PAGE).text


def test_what_the_server_said_is_quoted_once(admin, add, app):
    page = add()
    for reason, facts, sentence in (
        ("oauth_unreachable", {"code": "503", "said": "back at nine"}, "it answered with code 503"),
        (
            "oauth_refused",
            {"oauth_credential": "CRM", "error": "back at nine"},
            "token from CRM: &#34;back at nine&#34;",
        ),
    ):
        with app.test_request_context():
            token = db.session.query(OAuthCredential).one().token
            token.last_reason, token.last_facts = reason, orjson.dumps(facts)
            db.session.commit()
        shown = admin.get(page).text
        assert sentence in shown
        assert shown.count("back at nine") == 1
        assert ("They said: “back at nine”" in shown) == ("said" in facts)


def connect_data(oauth_server) -> dict:
    return {
        "grant_type": "authorization_code",
        "token_url": oauth_server.token_url,
        "authorize_url": f"{oauth_server.url}/authorize?kind=x",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "other_name": [],
        "other_value": [],
        "scope": "",
    }


def test_connect_carries_state_and_pkce_and_works_once(admin, add, oauth_server, stored, app, secrets_now):
    page = add(**connect_data(oauth_server))
    assert secrets_now()["code"] == "{{generated_code}}"
    assert "Not connected" in admin.get(page).text
    leaving = admin.post(f"{page}/connect")
    address = leaving.headers["Refresh"].removeprefix("0; url=")
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{oauth_server.url}/authorize?kind=x&")
    callback = "http://localhost/settings/sign-ins/callback"
    assert (query["client_id"], query["redirect_uri"]) == (CLIENT_ID, callback)
    assert query["code_challenge_method"] == "S256" and len(query["state"]) > 30
    went = requests.get(address.replace("/authorize", "/allow"), allow_redirects=False, timeout=5)
    path = went.headers["Location"].removeprefix("http://localhost")
    answer = admin.get(path)
    assert answer.location == page
    shown = admin.get(page).text
    assert "Connected. We have an access token." in shown
    asked = oauth_server.asked[0].parameters
    assert (asked["grant_type"], asked["redirect_uri"]) == ("authorization_code", callback)
    assert len(asked["code_verifier"]) >= 43
    again = admin.get(path)
    assert again.location == PAGE
    assert "used before" in admin.get(PAGE).text
    assert len(oauth_server.asked) == 1


def test_somebody_elses_answer_is_not_taken(admin, add, oauth_server, log_in, app):
    page = add(**connect_data(oauth_server))
    address = admin.post(f"{page}/connect").headers["Refresh"]
    state = parse_qs(urlsplit(address).query)["state"][0]
    other = Visitor(log_in("owner"))
    assert other.get(f"/settings/sign-ins/callback?code=x&state={state}").status_code == 404
    refused = admin.get(
        f"/settings/sign-ins/callback?error=access_denied&error_description=No+way&state={state}"
    )
    assert refused.location == page
    assert "The other system said no: “No way”." in admin.get(page).text
    assert oauth_server.asked == []
    admin.post(f"{page}/connect")
    with app.test_request_context():
        assert db.session.query(OAuthConnection).count() == 1
    assert admin.get("/settings/sign-ins/callback?code=x&state=wrong").location == PAGE


def test_a_webhook_chooses_one_and_then_it_is_not_deleted(admin, add, app):
    page = add()
    oauth_credential = page.rpartition("/")[2]
    form = admin.get("/webhooks/new").text
    assert f'<option value="{oauth_credential}">CRM sign-in</option>' in form
    missing = admin.post("/webhooks/new", **{**WEBHOOK, "auth_kind": "oauth"})
    assert missing.status_code == 422 and 'href="#f-auth-credential_id"' in missing.text
    chosen = {**WEBHOOK, "auth_kind": "oauth", "auth_credential_id": oauth_credential}
    location = admin.post("/webhooks/new", **chosen).location.split("?")[0]
    with app.test_request_context():
        assert db.session.query(Webhook).one().oauth_credential_id == oauth_credential
    settings = admin.get(f"{location}/settings").text
    assert f'<option value="{oauth_credential}" selected>' in settings
    assert "CRM sync" in admin.get(page).text
    assert "is still used" in admin.get(f"{page}/delete").text
    admin.post(f"{page}/delete")
    assert "Webhooks still use this OAuth connection: “CRM sync”." in admin.get(page).text
    admin.post(f"{location}/delete")
    assert admin.post(f"{page}/delete").location == PAGE
    assert admin.get(page).status_code == 404


def test_a_person_of_another_space_sees_404(add, app):
    page = add()
    with app.test_request_context():
        other_space = spaces.create_space("Borealis").id
        people.create_person("eve@example.com", PASSWORD, other_space, "owner")
    client = app.test_client()
    client.post("/login", data={"email": "eve@example.com", "password": PASSWORD})
    eve = Visitor(client)
    assert eve.get(page).status_code == eve.get(f"{page}/delete").status_code == 404
    for act in ("", "/test", "/connect", "/delete"):
        assert eve.post(f"{page}{act}", **GOOD).status_code == 404, act
    assert "CRM sign-in" not in eve.get(PAGE).text


def test_support_may_not_look(support):
    assert support.get(PAGE).status_code == 403


def test_a_webhook_that_gets_no_access_key_leads_to_its_oauth_connection(admin, add, new_webhook):
    page = add()
    values = {"auth_kind": "oauth", "oauth_credential_id": page.rpartition("/")[2]}
    failing = new_webhook(failures_in_a_row=4, last_reason="oauth_refused", last_status=None, **values)
    shown = admin.get(f"/webhooks/{failing}").text
    assert f'href="{page}"' in shown
    assert "Open the OAuth connection" in shown
    working = new_webhook(**values)
    assert "Open the OAuth connection" not in admin.get(f"/webhooks/{working}").text


@pytest.mark.databases("sqlite")
def test_who_added_changed_and_deleted_one_stands_below_the_list(admin, add):
    page = add()
    assert "Recent changes" in admin.get(PAGE).text
    admin.post(page, **{**GOOD, "client_secret": "canary-new", "send_in": "basic"})
    admin.post(page, **{**GOOD, "client_secret": "canary-new", "send_in": "basic"})
    admin.post(f"{page}/delete")
    lately = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", admin.get(PAGE).text.split("Recent changes")[1]))
    done = re.findall(r"OAuth connection (?:added|changed|deleted)", lately)
    assert done == ["OAuth connection deleted", "OAuth connection changed", "OAuth connection added"]
    assert (
        "Where its values go before: In the body, as a form → after: Client ID and secret as Basic" in lately
    )
    assert "Parameter client_secret changed" in lately
    assert lately.count("CRM sign-in") >= 3 and lately.count("admin@example.com") == 3
    assert "canary" not in lately
