"""The portal: a link opens once, with the rights and the look that the host product gave, and ends at once."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Change, PortalLink, Record
from app.services import spaces
from app.services.portal.ending import revoke_links
from app.services.records import imports
from tests.web.people import Someone
from tests.web.portal import cookies_of, guest_in, new_link

pytestmark = pytest.mark.databases("sqlite")
HOST = "https://app.host.example"


def test_a_link_opens_once_on_its_page(app: Flask, space_id: str) -> None:
    path = new_link(app, space_id, page="/deliveries?status=failed")
    assert app.test_client().head(path).status_code == 204
    assert app.test_client().get(path, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    client = app.test_client()
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (303, f"/portal/{space_id}/deliveries?status=failed")
    page = client.get(answer.location).text
    assert "Acme" in page and "Ada" in page
    assert "Change password" not in page and "space-menu" not in page
    again = app.test_client().get(path)
    assert again.status_code == 403
    assert "This link has ended" in again.text and "Go back to the product" in again.text


def test_an_expired_a_revoked_and_an_unknown_link_say_the_same(
    app: Flask, space_id: str, other_space_id: str
) -> None:
    expired, revoked = new_link(app, space_id), new_link(app, space_id)
    used = new_link(app, space_id)
    app.test_client().get(used)
    with app.app_context():
        first = db.session.query(PortalLink).order_by(PortalLink.id).first()
        assert first is not None
        first.expires_at = utc_now() - timedelta(seconds=1)
        db.session.commit()
        revoke_links(space_id)
    elsewhere = new_link(app, space_id).replace(space_id, other_space_id)
    unknown = f"/portal/{space_id}/enter/{'x' * 43}"
    texts = {app.test_client().get(path).text for path in (expired, revoked, used, elsewhere, unknown)}
    assert len(texts) == 1


def test_rights_are_those_of_the_link(app: Flask, space_id: str, a_webhook: str) -> None:
    guest = guest_in(app, space_id, "webhooks.view")
    assert guest.get(f"/webhooks/{a_webhook}").status_code == 200
    assert guest.post(f"/webhooks/{a_webhook}/disable").status_code == 403
    for closed in ("/settings/audit", "/settings/api-keys", "/settings/roles", "/settings/space"):
        assert guest.get(closed).status_code == 403
    for not_here in ("/login", "/password", "/spaces", "/spaces/leave"):
        assert guest.get(not_here).status_code == 404
    for not_here in ("/space", "/logout", "/theme", "/spaces/leave"):
        assert guest.post(not_here).status_code == 404
    manager = guest_in(app, space_id, "webhooks.manage")
    assert manager.post(f"/webhooks/{a_webhook}/disable").status_code == 303


def test_it_opens_no_other_space_and_no_other_address(
    app: Flask, space_id: str, other_space_id: str, new_webhook: Callable[..., str]
) -> None:
    guest = guest_in(app, space_id, "webhooks.manage")
    foreign = new_webhook(space_id=other_space_id)
    assert guest.get(f"/webhooks/{foreign}").status_code == 404
    assert guest.client.get(f"/portal/{other_space_id}/webhooks").status_code == 403
    assert guest.client.get(f"/s/{space_id}/webhooks").status_code == 303
    assert guest.client.get("/webhooks").status_code == 303


def test_a_log_in_stays_what_it_is_beside_a_portal(app: Flask, owner: Someone, space_id: str) -> None:
    owner.client.get(new_link(app, space_id))
    assert owner.client.get(f"/portal/{space_id}/settings/audit").status_code == 403
    assert owner.get("/settings/audit").status_code == 200
    owner.post("/logout")
    assert owner.client.get(f"/portal/{space_id}/webhooks").status_code == 200


def test_a_log_in_opens_no_portal(owner: Someone, space_id: str) -> None:
    assert owner.get(f"/portal/{space_id}/webhooks").status_code == 403
    assert owner.get("/enter/abc").status_code == 404


def test_the_audit_names_the_hosts_person(app: Flask, space_id: str, a_webhook: str, owner: Someone) -> None:
    guest = guest_in(app, space_id, "webhooks.manage")
    guest.post(f"/webhooks/{a_webhook}/disable")
    guest.post("/leave")
    with app.app_context():
        told = db.session.query(Change).filter_by(actor_kind="portal").order_by(Change.id).all()
    assert [(one.kind, one.actor_id, one.actor_name) for one in told] == [
        (kind, "host-7", "Ada") for kind in ("link_opened", "turned_off", "logged_out")
    ]
    page = owner.get("/settings/audit?actor=host-7").text
    assert "Ada, by a portal link" in page
    assert "Portal link made" in owner.get("/settings/audit").text


@pytest.mark.parametrize("person", [None, "host-7"])
def test_what_is_revoked_is_refused_on_the_next_call(app: Flask, space_id: str, person: str | None) -> None:
    guest = guest_in(app, space_id)
    other = guest_in(app, space_id, person={"external_id": "host-8"})
    assert guest.get("/webhooks").status_code == 200
    with app.app_context():
        assert revoke_links(space_id, person) == (2 if person is None else 1)
    assert guest.get("/webhooks").status_code == 403
    fragment = guest.get("/webhooks", headers={"HX-Request": "true", "HX-Target": "webhooks"})
    assert fragment.headers["HX-Redirect"] == f"/portal/{space_id}/"
    assert other.get("/webhooks").status_code == (403 if person is None else 200)


def test_leaving_and_time_end_it(app: Flask, space_id: str) -> None:
    leaver, late = guest_in(app, space_id), guest_in(app, space_id)
    assert "You have left" in leaver.post("/leave").text
    assert leaver.get("/webhooks").status_code == 403
    with app.app_context():
        db.session.query(PortalLink).update({"session_expires_at": utc_now() - timedelta(seconds=1)})
        db.session.commit()
    assert late.get("/webhooks").status_code == 403


def test_an_archived_space_ends_it(app: Flask, space_id: str) -> None:
    guest, waiting = guest_in(app, space_id), new_link(app, space_id)
    with app.test_request_context():
        spaces.archive(space_id)
    assert guest.get("/webhooks").status_code == 403
    assert app.test_client().get(waiting).status_code == 403


def test_nobody_frames_it_unless_a_setting_says_so(app: Flask, space_id: str) -> None:
    answer = guest_in(app, space_id).get("/webhooks")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.fixture
def framed_app(app_with: Callable[..., Flask], quick_hashes: None) -> Flask:
    """Under https, with one site that may frame portals."""
    made = app_with(
        BASE_URL="https://localhost", PORTAL_FRAME_ANCESTORS=f"{HOST}, https://other.example:8443"
    )
    made.config["WTF_CSRF_ENABLED"] = False
    return made


def test_the_named_sites_frame_portals_and_nothing_else(framed_app: Flask, space_id: str) -> None:
    guest = guest_in(framed_app, space_id)
    entered = guest.entered
    assert entered is not None
    (cookie,) = (one for one in cookies_of(entered) if "portal" in one)
    assert cookie.startswith("__Secure-hookdesk-portal=")
    for part in ("Secure", "HttpOnly", f"Path=/portal/{space_id}", "SameSite=None", "Partitioned"):
        assert part in cookie.split("; "), cookie
    answer = guest.get("/webhooks")
    policy = answer.headers["Content-Security-Policy"]
    assert f"frame-ancestors {HOST} https://other.example:8443;" in policy
    assert "X-Frame-Options" not in answer.headers
    over = framed_app.test_client().get(f"/portal/{space_id}/enter/x", base_url="https://localhost")
    assert f"frame-ancestors {HOST} https://other.example:8443;" in over.headers["Content-Security-Policy"]
    for path in ("/login", "/help", f"/portal/{space_id}/login", "/static/theme.css", "/api/docs"):
        closed = framed_app.test_client().get(path, base_url="https://localhost")
        assert "frame-ancestors 'none'" in closed.headers["Content-Security-Policy"], path
        assert closed.headers["X-Frame-Options"] == "DENY"


def test_forms_of_a_portal_need_their_token(app: Flask, space_id: str, a_webhook: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    guest = guest_in(app, space_id, "webhooks.manage")
    assert guest.post(f"/webhooks/{a_webhook}/disable").status_code == 400
    page = guest.get(f"/webhooks/{a_webhook}").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert guest.post(f"/webhooks/{a_webhook}/disable", {"csrf_token": token}).status_code == 303


def test_the_look_of_the_host(framed_app: Flask, space_id: str) -> None:
    theme = {"accent": "#ffee00", "logo_url": f"{HOST}/logo.png", "dark": True}
    guest = guest_in(framed_app, space_id, theme=theme)
    page = guest.get("/webhooks")
    assert 'data-bs-theme="dark"' in page.text
    assert f'src="{HOST}/logo.png"' in page.text
    assert f"img-src 'self' {HOST} data:" in page.headers["Content-Security-Policy"]
    sheet = guest.get("/look.css")
    assert sheet.mimetype == "text/css"
    assert "--accent: light-dark(#" in sheet.text and "#ffee00)" in sheet.text
    assert "light-dark(#ffee00" not in sheet.text  # yellow on white cannot be read


def test_an_import_has_the_rights_of_the_link_for_as_long_as_it_goes_on(app: Flask, space_id: str) -> None:
    for ended, count in ((False, 1), (True, 1)):
        guest = guest_in(app, space_id, "records.crm.manage")
        made = guest.post("/records/crm/lead/import", {"file": (io.BytesIO(b"Title\nOne\n"), "leads.csv")})
        started = guest.post(made.location.removeprefix(f"/portal/{space_id}"), {"column.0": "title"})
        assert started.status_code == 303
        with app.test_request_context():
            if ended:
                revoke_links(space_id)
            imports.import_some(imports.next_running("") or "")
            assert imports.next_running("") is None
            assert db.session.query(Record).count() == count


def test_alerts_go_to_people_with_a_log_in(app: Flask, space_id: str) -> None:
    guest = guest_in(app, space_id, "webhooks.manage", "alerts.manage")
    assert guest.get("/settings/alerts").status_code == 404
    assert "/settings/alerts" not in guest.get("/settings", follow_redirects=True).text
