"""Two tries side by side: the last success and the first failure, or any two of the webhook."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Attempt
from tests.web.makers import make_delivery, make_webhook

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def tries_of(app):
    """The ids of a delivery's tries, oldest first."""

    def read(delivery_id: str) -> list[str]:
        with app.test_request_context():
            rows = db.session.query(Attempt.id).filter_by(delivery_id=delivery_id).order_by(Attempt.number)
            return [row[0] for row in rows]

    return read


@pytest.fixture
def outage(a_webhook, new_delivery, tries_of):
    """Two delivered, then two failed; the ids of the last success and of the newest failure."""
    ago = [utc_now() - timedelta(hours=n) for n in (4, 3, 2, 1)]
    new_delivery(a_webhook, at=ago[0])
    good = new_delivery(a_webhook, at=ago[1])
    new_delivery(a_webhook, "failed", at=ago[2], attempts=1)
    bad = new_delivery(a_webhook, "failed", at=ago[3], attempts=1)
    return tries_of(good)[0], tries_of(bad)[0]


def selected(page: str) -> list[str]:
    return [
        line.split('value="')[1][:32]
        for line in page.split("<option")
        if " selected" in line and "att_" in line
    ]


def test_the_last_success_stands_beside_the_failure(admin, a_webhook, outage):
    page = admin.get(f"/webhooks/{a_webhook}/tries/compare").text
    assert [one[:32] for one in outage] == selected(page)
    assert "503 Service Unavailable" in page
    assert "<mark>  &#34;error&#34;: &#34;busy&#34;</mark>" in page
    assert "<mark>  &#34;status&#34;: &#34;OK&#34;</mark>" in page
    assert page.count('class="differs"') == 2  # the result and the answer; no header


def test_any_two_can_be_chosen(admin, a_webhook, outage):
    good, bad = outage
    page = admin.get(f"/webhooks/{a_webhook}/tries/compare", left=bad, right=good).text
    assert selected(page) == [bad[:32], good[:32]]


def test_the_log_history_leads_there(admin, a_webhook, a_failed_delivery, tries_of):
    newest = tries_of(a_failed_delivery)[-1]
    page = admin.get(f"/deliveries/{a_failed_delivery}").text
    assert f"/webhooks/{a_webhook}/tries/compare?right={newest}" in page
    assert page.count('class="phases"') == 3
    answer = admin.get(f"/webhooks/{a_webhook}/tries/compare", right=newest)
    assert "No try was accepted before this one" in answer.text


def test_nothing_to_compare_is_said(admin, a_webhook, new_delivery):
    assert "This webhook has not sent anything yet." in admin.get(f"/webhooks/{a_webhook}/tries/compare").text
    new_delivery(a_webhook)
    assert "No try of this webhook has failed." in admin.get(f"/webhooks/{a_webhook}/tries/compare").text


def test_tries_of_others_are_not_there(app, admin, a_webhook, other_space_id, outage, tries_of):
    with app.test_request_context():
        foreign = make_delivery(other_space_id, make_webhook(other_space_id), "failed")
    [theirs, *_rest] = tries_of(foreign)
    path = f"/webhooks/{a_webhook}/tries/compare"
    assert admin.get(path, right=theirs).status_code == 404
    assert admin.get(path, left=theirs, right=outage[1]).status_code == 404
    assert admin.get(path, incident="inc_000000000000").status_code == 404
    assert admin.get(path, left="nonsense").status_code == 200


def test_what_a_receiver_wrote_stays_text(admin, a_webhook, new_delivery):
    evil = b'[["x-evil","<script>alert(1)</script>\xe2\x80\xae"]]'
    new_delivery(a_webhook, "failed", response_headers=evil, response_body=b"<img src=x onerror=alert(1)>")
    page = admin.get(f"/webhooks/{a_webhook}/tries/compare").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\\u202e" in page
