"""Checks of receivers (C12): real probes to real receivers, and what the score card says of each."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network

import pytest
import trustme

from app.core.errors import Conflict
from app.core.extensions import db
from app.core.settings import Settings
from app.core.times import utc_now
from app.maintenance.receiver_checks import run_receiver_checks
from app.maintenance.step import Turn
from app.models import Attempt, Lane, ReceiverCheck, ReceiverWatch, SigningSecret, Webhook
from app.outbound import OutboundPolicy
from app.queries.receiver_checks import check_of, checks_of
from app.sending.message.formats import FORMATS
from app.services import webhooks
from app.services.receiver_checks import asking, certificates, running
from app.services.receiver_checks.probes import LARGE_BYTES, PROBES
from app.services.receiver_checks.words import card_line
from tests.machine.receiver import Answer, Receiver
from tests.machine.verifying_receiver import VerifyingReceiver

one_database = pytest.mark.databases("sqlite")


@pytest.fixture
def verifying() -> Iterator[VerifyingReceiver]:
    """A receiver that does everything right; told its secret by `watched`."""
    receiver = VerifyingReceiver()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture
def watched(new_webhook: Callable[..., Webhook], verifying: VerifyingReceiver, app) -> Webhook:
    """A webhook to it."""
    webhook = new_webhook(url=verifying.url)
    kept = db.session.query(SigningSecret).filter_by(webhook_id=webhook.id).one()
    verifying.secret = app.extensions["vault"].decrypt(kept.secret)
    return webhook


def marks_of(webhook: Webhook) -> dict[str, str]:
    """Run a check; the mark of each line."""
    check = asking.ask(webhook.space_id, webhook.id)
    assert running.run(check.id)
    db.session.expire_all()
    return {line["name"]: line["mark"] for line in check_of(webhook.space_id, webhook.id, check.id).lines}


def said(webhook: Webhook, name: str) -> str:
    """What the newest check says of one line."""
    db.session.expire_all()
    newest = checks_of(webhook.space_id, webhook.id, None, 1).checks[0]
    return card_line(next(line for line in newest.lines if line["name"] == name)).happened


def test_a_receiver_that_does_everything_right(watched: Webhook, verifying: VerifyingReceiver) -> None:
    marks = marks_of(watched)
    right = ("valid", "redirect", "speed", "repeated", "tampered", "stale", "method", "large", "keep_alive")
    assert {name: marks[name] for name in right} == dict.fromkeys(right, "good")
    assert (marks["certificate"], marks["http2"]) == ("warn", "info")  # the tests' receiver speaks plain HTTP
    assert len(verifying.requests) == len(PROBES)


def test_every_probe_is_marked_as_a_test_and_each_is_what_it_says(
    watched: Webhook, verifying: VerifyingReceiver
) -> None:
    marks_of(watched)
    valid, repeated, stale, tampered, method, large = verifying.requests
    assert valid.header("webhook-id") == repeated.header("webhook-id")
    assert int(stale.header("webhook-timestamp") or 0) < int(valid.header("webhook-timestamp") or 0) - 3500
    assert b"altered!" in tampered.body
    assert (method.method, method.body) == ("GET", b"")
    assert len(large.body) > LARGE_BYTES
    for request in (valid, repeated, stale, tampered, large):
        message = json.loads(request.body)
        assert message["type"] == "hookdesk.check"
        assert message["data"]["test"] is True


def test_a_check_counts_nothing_against_the_webhook(watched: Webhook, verifying: VerifyingReceiver) -> None:
    verifying.always(Answer(500))
    marks_of(watched)
    lane = db.session.get_one(Lane, watched.id)
    assert (lane.last_sent_at, lane.last_reason, lane.failing_since) == (None, None, None)
    attempts = db.session.query(Attempt).all()
    assert [(a.trigger, a.delivery_id) for a in attempts] == [("test", None)]


@one_database
def test_every_request_that_a_receiver_saw_has_an_attempt(
    watched: Webhook, verifying: VerifyingReceiver
) -> None:
    marks_of(watched)
    attempts = db.session.query(Attempt).order_by(Attempt.id).all()
    assert [a.status for a in attempts] == [200, 200, 401, 401, 405, 200]
    assert max(len(a.request_body or b"") for a in attempts) < 2000


@one_database
def test_a_receiver_that_checks_nothing(new_webhook: Callable[..., Webhook], receiver: Receiver) -> None:
    webhook = new_webhook()
    marks = marks_of(webhook)
    assert (marks["tampered"], marks["stale"], marks["method"]) == ("warn", "warn", "info")
    assert said(webhook, "tampered") == "It accepted the message with code 200, so it does not check enough."


@one_database
def test_a_valid_message_that_is_refused_makes_the_rest_say_nothing(
    new_webhook: Callable[..., Webhook], receiver: Receiver
) -> None:
    receiver.always(Answer(401))
    webhook = new_webhook()
    marks = marks_of(webhook)
    assert marks["valid"] == "bad"
    assert {marks[name] for name in ("repeated", "tampered", "stale", "method", "large")} == {"skipped"}
    assert said(webhook, "valid").endswith("did not accept our password or key.")
    assert len(receiver.requests) == 1


@one_database
def test_a_redirect(new_webhook: Callable[..., Webhook], receiver: Receiver) -> None:
    receiver.always(Answer(301, headers=[("Location", "https://elsewhere.example/hook")]))
    webhook = new_webhook()
    assert marks_of(webhook)["redirect"] == "bad"
    assert "https://elsewhere.example/hook" in said(webhook, "redirect")


@one_database
def test_a_slow_receiver(new_webhook: Callable[..., Webhook], receiver: Receiver) -> None:
    receiver.answer(Answer(200, delay_s=0.7))
    webhook = new_webhook(timeout_s=1)
    assert marks_of(webhook)["speed"] == "warn"
    assert "more than half of the limit of 1 second." in said(webhook, "speed")


@one_database
def test_a_receiver_that_never_answers(new_webhook: Callable[..., Webhook], receiver: Receiver) -> None:
    receiver.always(Answer(silent=True))
    webhook = new_webhook(timeout_s=1)
    marks = marks_of(webhook)
    assert (marks["valid"], marks["speed"]) == ("bad", "bad")
    assert len(receiver.requests) == 1


@one_database
def test_one_that_takes_no_large_messages(new_webhook: Callable[..., Webhook], receiver: Receiver) -> None:
    receiver.answer(*[Answer(200)] * 5, Answer(413))
    webhook = new_webhook()
    assert marks_of(webhook)["large"] == "warn"
    assert "larger than" in said(webhook, "large")


@one_database
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_webhooks_of_other_methods_are_never_probed_by_one_that_deletes(
    new_webhook: Callable[..., Webhook], receiver: Receiver, method: str
) -> None:
    webhook = new_webhook(method=method)
    marks = marks_of(webhook)
    sent = [request.method for request in receiver.requests]
    assert set(sent) == {method, "POST" if method == "GET" else "GET"}
    assert marks["large"] == ("skipped" if method in ("GET", "DELETE") else "good")


@one_database
def test_every_format_can_be_probed(new_webhook: Callable[..., Webhook], receiver: Receiver) -> None:
    for name in FORMATS:
        assert marks_of(new_webhook(format=name))["valid"] == "good"


def test_a_webhook_has_one_open_check_at_a_time(watched: Webhook) -> None:
    first = asking.ask(watched.space_id, watched.id)
    assert asking.ask(watched.space_id, watched.id).id == first.id
    assert running.run(first.id)
    assert not running.run(first.id)
    assert asking.ask(watched.space_id, watched.id).id != first.id


def test_the_maintenance_runs_what_waits_and_what_is_planned(
    watched: Webhook, verifying: VerifyingReceiver
) -> None:
    asking.set_schedule(watched.space_id, watched.id, 1)
    watch = db.session.get_one(ReceiverWatch, watched.id)
    watch.check_due_at = utc_now() - timedelta(seconds=1)
    db.session.commit()
    run_receiver_checks(Turn(lambda: False))
    verifying.wait_for(len(PROBES))
    for _attempt in range(100):
        db.session.rollback()
        check = db.session.query(ReceiverCheck).populate_existing().one()
        if check.is_done:
            break
        Turn(lambda: False, 0.05).goes_on()
    assert check.is_done
    assert check.scheduled
    watch = db.session.get_one(ReceiverWatch, watched.id, populate_existing=True)
    assert watch.check_due_at is not None and watch.check_due_at > utc_now() + timedelta(hours=23)


def test_one_check_of_a_space_runs_at_a_time(new_webhook: Callable[..., Webhook]) -> None:
    first, second = new_webhook(), new_webhook()
    one, other = (asking.ask(w.space_id, w.id) for w in (first, second))
    assert running.runnable((), 8) == [(one.id, first.space_id)]
    assert running.runnable({first.space_id}, 8) == []
    running.run(one.id)
    assert running.runnable((), 8) == [(other.id, first.space_id)]


@one_database
def test_a_receiver_that_has_not_confirmed_is_sent_nothing(
    new_webhook: Callable[..., Webhook], receiver: Receiver
) -> None:
    webhook = new_webhook(on=False, verification="confirmation")
    receiver.forget()
    with pytest.raises(Conflict):
        asking.ask(webhook.space_id, webhook.id)
    assert receiver.requests == []


@one_database
def test_a_webhook_that_is_deleted_meanwhile_is_sent_nothing(watched: Webhook, verifying) -> None:
    check = asking.ask(watched.space_id, watched.id)
    webhooks.delete(watched.space_id, watched.id)
    assert not running.run(check.id)
    assert verifying.requests == []
    assert db.session.get_one(ReceiverCheck, check.id, populate_existing=True).is_done


@pytest.fixture
def tls_receiver(monkeypatch, tmp_path) -> Iterator[Callable[..., Receiver]]:
    """Makes HTTPS receivers whose certificate ends after so many days, by an authority that we trust."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    policy = OutboundPolicy(
        allow_networks=(ip_network("127.0.0.0/8"),), allow_ports=None, ca_file=str(tmp_path / "ca.pem")
    )
    monkeypatch.setattr(Settings, "outbound_policy", lambda _self: policy)
    made = []

    def make(days: float) -> Receiver:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", not_after=utc_now() + timedelta(days=days)).configure_cert(context)
        made.append(Receiver(context).start())
        return made[-1]

    yield make
    for one in made:
        one.stop()


@one_database
@pytest.mark.parametrize(("days", "mark"), [(40.5, "good"), (13.5, "warn")])
def test_the_end_of_the_certificate(new_webhook, tls_receiver, days: float, mark: str) -> None:
    webhook = new_webhook(url=tls_receiver(days).url)
    assert marks_of(webhook)["certificate"] == mark
    assert f"{int(days)} days." in said(webhook, "certificate")
    watch = db.session.get_one(ReceiverWatch, webhook.id)
    assert watch.certificate_ends_at is not None


@one_database
def test_a_certificate_that_has_ended_is_why_nothing_was_accepted(new_webhook, tls_receiver) -> None:
    webhook = new_webhook(url=tls_receiver(-1).url)
    marks = marks_of(webhook)
    assert (marks["valid"], marks["certificate"]) == ("bad", "bad")
    assert "expired" in said(webhook, "certificate")


def test_certificates_are_looked_at_daily_and_nothing_is_sent(new_webhook, tls_receiver, monkeypatch) -> None:
    monkeypatch.setattr(certificates, "NEW_AFTER", timedelta(seconds=-1))
    receiver = tls_receiver(40)
    webhook, off = new_webhook(url=receiver.url), new_webhook(url=receiver.url, on=False)
    assert certificates.look_at_due() == 1
    watch = db.session.get_one(ReceiverWatch, webhook.id, populate_existing=True)
    assert watch.certificate_ends_at is not None
    assert watch.certificate_due_at is not None and watch.certificate_due_at > utc_now() + timedelta(hours=23)
    assert db.session.get_one(ReceiverWatch, off.id, populate_existing=True).certificate_ends_at is None
    assert certificates.look_at_due() == 0
    assert receiver.requests == []
