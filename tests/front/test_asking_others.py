"""Tests and pings whose receiver stays silent hold up their own space alone, and no thread that others need (R17)."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
import requests
from werkzeug.exceptions import TooManyRequests

from app.front.threads import Full, Threads
from app.services import api_keys, other_servers, spaces
from app.services.other_servers import Shares
from tests.machine.receiver import Answer

SOON_S = 0.3
MANY = 40


@contextmanager
def silent_tests(server, receiver, count: int = MANY, limit_s: int = 30) -> Iterator[str]:
    """So many calls of Test under way; gives the webhook's id."""
    receiver.always(Answer(silent=True), "/silent")
    webhook = {
        "name": "Silent",
        "url": receiver.at("/silent"),
        "events": ["lead.created"],
        "timeout_s": limit_s,
    }
    webhook_id = server.api("POST", "/webhooks", json=webhook).json()["id"]

    def test() -> None:
        address = f"{server.process.url}/api/v1/webhooks/{webhook_id}/test"
        with suppress(requests.Timeout):
            requests.post(address, headers=server.headers, timeout=2.5)

    with ThreadPoolExecutor(count) as pool:
        for _ in range(count):
            pool.submit(test)
        receiver.wait_for(1)
        time.sleep(0.5)
        yield webhook_id


@pytest.mark.databases("sqlite")
def test_40_silent_tests_hold_up_nobody(server, receiver):
    with silent_tests(server, receiver):
        assert max(server.seconds_of_others().values()) < SOON_S
        assert len(receiver.requests) <= other_servers.AT_ONCE


@pytest.mark.databases("sqlite")
def test_the_tests_of_another_space_go_on(server, receiver):
    with server.app.test_request_context():
        other = str(spaces.create_space("Borealis").id)
        _key, text = api_keys.create_key(other, "Theirs", ("administrative",))
    webhook = {"name": "Quick", "url": receiver.at("/quick"), "events": ["lead.created"]}
    with silent_tests(server, receiver):
        started = time.monotonic()
        tested = requests.post(
            f"{server.process.url}/api/v1/webhooks/test",
            json=webhook,
            headers={"Authorization": f"Bearer {text}"},
            timeout=30,
        )
        assert tested.json()["attempt"]["response"]["status"] == 200
        assert time.monotonic() - started < 1


@pytest.mark.databases("sqlite")
def test_the_call_answers_with_the_attempt_all_the_same(server, receiver):
    receiver.always(Answer(silent=True), "/silent")
    webhook = {"name": "A", "url": receiver.at("/silent"), "events": ["lead.created"], "timeout_s": 1}
    tested = server.api("POST", "/webhooks/test", json=webhook)
    assert (tested.status_code, tested.json()["attempt"]["reason"]) == (200, "read_timeout")


def test_a_space_waits_for_its_own_share_only():
    shares, inside, go_on = Shares(at_once=2, in_line=1), threading.Semaphore(0), threading.Event()

    def ask(space: str) -> None:
        with shares.taken(space):
            inside.release()
            go_on.wait(10)

    with ThreadPoolExecutor(8) as pool:
        mine = [pool.submit(ask, "mine") for _ in range(3)]
        assert inside.acquire(timeout=5)
        assert inside.acquire(timeout=5)
        assert not inside.acquire(timeout=0.1)  # the third waits
        with pytest.raises(TooManyRequests), shares.taken("mine"):
            pass
        theirs = pool.submit(ask, "theirs")
        assert inside.acquire(timeout=5)
        go_on.set()
        for one in [*mine, theirs]:
            one.result(10)


def test_nobody_waits_in_line_for_ever():
    shares = Shares(at_once=1, longest_wait_s=0.05)
    with shares.taken("mine"), pytest.raises(TooManyRequests), shares.taken("mine"):
        pass
    with shares.taken("mine"):
        pass


def test_a_thread_that_waits_lends_its_place():
    threads, waiting, go_on, done = (
        Threads(1, "test"),
        threading.Event(),
        threading.Event(),
        threading.Event(),
    )

    def wait() -> None:
        with threads.lent():
            waiting.set()
            go_on.wait(10)

    threads.submit(wait)
    assert waiting.wait(5)
    threads.submit(done.set)
    assert done.wait(5)
    go_on.set()


def test_work_beyond_all_measure_is_refused():
    threads, go_on = Threads(1, "test"), threading.Event()
    threads.submit(lambda: go_on.wait(10))
    with pytest.raises(Full):
        deque(map(threads.submit, [int] * 2000))
    go_on.set()


def test_a_fault_ends_no_thread():
    threads, done = Threads(1, "test"), threading.Event()
    threads.submit(lambda: 1 / 0)
    threads.submit(done.set)
    assert done.wait(5)
