"""The page for receivers' developers (F9): inside, by link without log-in, and code that really verifies."""

from __future__ import annotations

import json
import runpy
import subprocess
import time

import pytest

from app.core.times import now_ms
from app.sending.message.signing import new_secret, parse_secret, sign
from app.services import event_types, spaces
from app.web.event_types.pages import SAMPLES

pytestmark = pytest.mark.databases("sqlite")

BODY = b'{"type":"lead.created","timestamp":"2026-11-21T09:30:00.123Z","data":{"id":4711}}'


@pytest.fixture
def link(admin) -> str:
    """The path of the space's link."""
    assert admin.post("/event-types/link").status_code == 303
    page = admin.get("/event-types").text
    return "/developers/" + page.partition("/developers/")[2].partition("<")[0]


def test_every_event_with_a_sample(admin):
    page = admin.get("/event-types").text
    assert "lead.created" in page
    assert "hookdesk.delivery.failed" in page
    assert "Rooftop solar for the bakery" in page


def test_by_link_without_log_in(app, space_id, link):
    with app.test_request_context():
        event_types.put_event_type(space_id, "invoice.paid", {"sample": {"id": 1, "note": "<b>own</b>"}})
    anybody = app.test_client()
    page = anybody.get(link)
    assert page.status_code == 200
    assert (page.headers["X-Robots-Tag"], page.headers["Referrer-Policy"]) == ("noindex", "no-referrer")
    assert "invoice.paid" in page.text and "<b>own</b>" not in page.text
    assert "End this link" not in page.text and "/settings" not in page.text
    document = anybody.get(f"{link}/openapi.json")
    assert document.json["openapi"] == "3.1.0"
    assert "invoice.paid" in document.json["webhooks"]
    assert document.headers["X-Robots-Tag"] == "noindex"


def test_an_ended_link_shows_nothing_and_the_next_is_another(app, admin, link):
    admin.post("/event-types/link/end")
    assert app.test_client().get(link).status_code == 404
    assert app.test_client().get(f"{link}/openapi.json").status_code == 404
    admin.post("/event-types/link")
    assert link not in admin.get("/event-types").text
    assert "Link for developers ended" in admin.get("/settings/audit").text


def test_a_link_of_a_deleted_space_says_who_can_give_a_new_one(app, link, space_id):
    with app.test_request_context():
        spaces.delete(space_id, "Acme")
    answer = app.test_client().get(link)
    assert answer.status_code == 404
    assert "Whoever sent it to you can give you a new one." in answer.text
    assert app.test_client().get(f"{link}/openapi.json").status_code == 404


@pytest.mark.parametrize("token", ["x", "%00", "a" * 5000, "ünïcode", "'--"])
def test_a_link_that_there_is_not(client, token):
    assert client.get(f"/developers/{token}").status_code == 404


def test_support_reads_and_makes_no_link(support):
    page = support.get("/event-types")
    assert page.status_code == 200
    assert "Make a link" not in page.text
    assert support.post("/event-types/link").status_code == 403
    assert support.get("/event-types/openapi.json").json["openapi"] == "3.1.0"


def test_who_is_not_logged_in_needs_the_link(client):
    assert client.get("/event-types").status_code == 302 or client.get("/event-types").status_code == 303
    assert client.get("/event-types/openapi.json").status_code in {302, 303}


def signed(secret: str, at: int) -> dict[str, str]:
    signature = sign("evt_1", at, BODY, [parse_secret(secret)])
    return {"webhook-id": "evt_1", "webhook-timestamp": str(at), "webhook-signature": signature}


CASES = {
    "genuine": (True, 0, BODY),
    "altered": (False, 0, BODY.replace(b"4711", b"4712")),
    "old": (False, 3600, BODY),
}


@pytest.mark.parametrize("case", CASES)
def test_the_python_on_the_page_verifies(case):
    genuine, age, body = CASES[case]
    secret = new_secret()
    headers = signed(secret, now_ms() // 1000 - age)
    code = runpy.run_path(str(SAMPLES / "verify.py"))
    assert code["is_genuine"](secret, headers, body) is genuine
    library = runpy.run_path(str(SAMPLES / "library.py"))
    if genuine:
        assert library["message_of"](secret, headers, body) == json.loads(body)
    else:
        with pytest.raises(Exception, match=r"(?i)signature|timestamp"):
            library["message_of"](secret, headers, body)


@pytest.mark.parametrize("case", CASES)
def test_the_javascript_on_the_page_verifies(case, tmp_path):
    genuine, age, body = CASES[case]
    secret = new_secret()
    call = json.dumps([secret, signed(secret, int(time.time()) - age), body.decode()])
    script = tmp_path / "run.mjs"
    script.write_text(
        f"import {{ isGenuine }} from {json.dumps(str(SAMPLES / 'verify.mjs'))};\n"
        f"const [key, headers, body] = {call};\nconsole.log(isGenuine(key, headers, Buffer.from(body)));\n"
    )
    ran = subprocess.run(["node", str(script)], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout.strip() == str(genuine).lower()
