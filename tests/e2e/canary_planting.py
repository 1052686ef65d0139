"""A canary for each secret field, and how it gets there. A new secret field gets a line in `PLANTED`."""

from __future__ import annotations

import html
import json
import re

import requests

from tests.e2e import canary_places
from tests.e2e.canary_space import VISIBLE, Space
from tests.machine.mirror import Mirror

TOKEN = {
    "access_token": "canary-access-token",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "canary-new-refresh-token",
}
# What is typed into secret fields: where, and what.
PLANTED = {
    "Basic password": "canary-basic-password",
    "secret header": "canary-header-value",
    "client_secret": "canary-client-secret",
    "refresh_token": "canary-refresh-token",
    "password of an OAuth connection": "canary-grant-password",
    "typed code": "canary-typed-code",
    "code of Connect": "canary-connect-code",
    "own parameter of an OAuth connection": "canary-own-parameter",
    "access token": TOKEN["access_token"],
    "renewed refresh token": TOKEN["refresh_token"],
    "http_pass": "canary-http-pass",
    "person's password": "canary password of a person",
    "SMTP password": "canary-smtp-password",
    "password in an address": "canary-address-password",
    "secret of a source": canary_places.SOURCE_SECRET,
}


def plant(space: Space, mirror: Mirror) -> dict[str, str]:
    """Fill every secret field. Returns ids for the addresses of pages."""
    oauth_credential = _oauth_credentials(space, mirror)
    basic = {"kind": "basic", "username": "ada", "password": PLANTED["Basic password"]}
    webhook = space.new_webhook(
        "Basic",
        url=mirror.at("/ok"),
        auth=basic,
        headers={"X-Team": VISIBLE, "X-Api-Key": PLANTED["secret header"]},
    )
    space.new_webhook("Failing", url=mirror.at("/fail"), auth=basic, events=["lead.created", "deal.created"])
    space.new_webhook(
        "OAuth", url=mirror.at("/ok"), auth={"kind": "oauth", "credential_id": oauth_credential}
    )
    space.new_webhook("Space", url=mirror.at("/ok"), format="space")
    space.new_webhook("SNS", url=mirror.at("/ok"), format="sns")
    _confirm(space, mirror)
    refused = {"name": "x", "events": ["lead.created"]}
    refused["url"] = f"https://ada:{PLANTED['password in an address']}@crm.example.com/"
    space.call("POST", "/webhooks", refused, refused=422)
    rotated = space.call("POST", f"/webhooks/{webhook}/rotate-secret", {"overlap_s": 3600}, keep=False)
    space.generated["rotated signing secret"] = rotated["secret"].removeprefix("whsec_")
    space.call("PATCH", f"/webhooks/{webhook}", {"name": "Basic again", "auth": basic})
    _action_api(space, mirror)
    return {"webhook_id": webhook, "credential_id": oauth_credential, "key": "lead.created"}


def _oauth_credentials(space: Space, mirror: Mirror) -> str:
    """One OAuth credential for each grant that carries a secret; the id of one."""
    own = {
        "client_id": "us",
        "client_secret": PLANTED["client_secret"],
        "x-own": PLANTED["own parameter of an OAuth connection"],
    }
    grants: list[dict[str, str]] = [
        {},
        {"grant_type": "refresh_token", "refresh_token": PLANTED["refresh_token"]},
        {"grant_type": "password", "username": "ada", "password": PLANTED["password of an OAuth connection"]},
        {"grant_type": "authorization_code", "code": PLANTED["typed code"]},
        {"grant_type": "authorization_code", "code": "{{generated_code}}"},
    ]
    made = ""
    for number, grant in enumerate(grants):
        settings = {
            "name": f"Sign-in {number}",
            "token_url": mirror.at("/token"),
            "send_in": "basic" if number % 2 else "form",
            "parameters": {**own, **grant},
        }
        if grant.get("code") == "{{generated_code}}":
            settings["authorize_url"] = mirror.at("/authorize")
        made = str(space.call("POST", "/oauth-credentials", settings)["id"])
        space.call("POST", f"/oauth-credentials/{made}/test")
    _connect(space, made)
    return made


def _connect(space: Space, oauth_credential: str) -> None:
    """Press Connect, and come back with a code as if somebody had signed in there."""
    leaving = html.unescape(space.submit(f"/settings/oauth-connections/{oauth_credential}/connect", {}))
    state = re.search(r"[?&]state=([\w-]+)", leaving)
    assert state
    del space.seen[
        f"POST /settings/oauth-connections/{oauth_credential}/connect"
    ]  # it leads to the other system with the state
    space.generated["state of Connect"] = state[1]
    code = PLANTED["code of Connect"]
    page = space.look(f"/settings/sign-ins/callback?state={state[1]}&code={code}")
    assert "Connected. We have an access token." in page


def _confirm(space: Space, mirror: Mirror) -> None:
    """Have a link sent, and follow it."""
    space.new_webhook("Confirmed", url=mirror.at("/ok"), verification="confirmation")
    links = [
        json.loads(body)["data"]["confirmation_url"] for body in mirror.bodies if b"confirmation_url" in body
    ]
    space.generated["token of a link"] = links[-1].rpartition("/")[2]
    space.look("/webhooks")
    assert "Confirmed" in requests.get(links[-1], timeout=20).text


def _action_api(space: Space, mirror: Mirror) -> None:
    query = {"action": "add_webhook", "url": mirror.at("/ok"), "events": "post_task", "http_user": "ada"}
    answer = requests.get(
        f"{space.running.url}/api/oauth2",
        {**query, "http_pass": PLANTED["http_pass"]},
        headers={"Authorization": f"Bearer {space.signing_key}"},
        timeout=20,
    )
    assert answer.json()["status"] == "ok"
    space.seen["add_webhook"] = answer.text


def recovery_and_link(space: Space, delivery_id: str) -> dict[str, str]:
    """Resend what cannot be resent now or can, and share it by a link, whose token is shown once."""
    failing = next(one for one in space.call("GET", "/deliveries")["data"] if one["status"] != "succeeded")
    page = space.submit("/recoveries", {"id": failing["id"]})
    recovery = re.search(r"/recoveries/(rcv_\w+)", page)
    given = space.submit(f"/deliveries/{delivery_id}/links", {"days": "7"})
    token = re.search(r"/shared/([\w-]{43})", given)
    assert recovery and token
    del space.seen[f"POST /deliveries/{delivery_id}/links"]
    space.generated["token of a shared link"] = token[1]
    return {"recovery_id": recovery[1], "token": token[1]}
