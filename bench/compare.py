"""`make compare`: what a publisher and a receiver see of a webhook server, measured from outside through a driver.

The same load, the same receiver and the same data for every server: `bench/drivers/` says how each is started, given an
endpoint and called. One endpoint, events of 1 kB.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from pathlib import Path

import requests

from bench.caller import call_many, request_bytes
from bench.drivers.driver import Driver, Place, Publish, load_driver
from tests.machine import postgres, run_folder
from tests.machine.receiver import Received, Receiver
from tests.machine.redis import RedisServer

HOOKDESK = Path(__file__).parent / "drivers" / "hookdesk.py"
CONNECTIONS, PER_S = (1, 16, 64), 20
DRAIN_S = 120.0
SEED = 4711


def main() -> int:
    """Measure one server and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("--driver", type=Path, default=HOOKDESK, help="the driver's file")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each figure is measured")
    arguments = parser.parse_args()
    run_folder.make_run_folder()
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            place = _place(Path(folder), arguments.database, stack)
            driver = load_driver(arguments.driver, place)
            for what, figure in measure(driver, arguments.seconds).items():
                print(f"{what:<48} {figure:>12,.1f}")
    finally:
        run_folder.remove_run_folder()
    return 0


def measure(driver: Driver, seconds: float) -> dict[str, float]:
    """All figures of a server, by what they are. RuntimeError if it does not accept, deliver or sign."""
    receiver = Receiver().start()
    try:
        driver.start()
        driver.endpoint(receiver.url)
        _see_one_signed(driver, receiver)
        late = _lateness(driver, receiver, seconds)
        figures = {
            f"sent to received at {PER_S}/s, p50 (ms)": statistics.median(late),
            f"sent to received at {PER_S}/s, p99 (ms)": statistics.quantiles(late, n=100)[98],
        }
        for at_once in CONNECTIONS:
            figures[f"published, {at_once} at once (events/s)"] = _rate(driver, receiver, at_once, seconds)
        figures["received from a backlog (events/s)"] = _backlog(driver, receiver, seconds)
        return figures
    finally:
        driver.stop()
        receiver.stop()


def _place(folder: Path, database: str, stack: ExitStack) -> Place:
    own = folder / "server"
    own.mkdir()
    (folder / "redis").mkdir()
    redis = RedisServer(folder / "redis")
    redis.start()
    stack.callback(redis.stop)
    if database == "sqlite":
        return Place(own, f"sqlite:///{folder / 'server.db'}", redis.url)
    cluster = postgres.own_cluster()
    stack.callback(cluster.stop)
    return Place(own, cluster.url(cluster.create()), redis.url)


def _see_one_signed(driver: Driver, receiver: Receiver) -> None:
    """A server that does not sign has less to do: it is not compared."""
    mark = "the-first-of-all"
    _publish(driver.publish({"number": mark}))
    request = _receipts(receiver, [mark])[mark]
    headers = {name.lower(): value for name, value in request.headers}
    if not driver.is_signed(headers, request.body):
        raise RuntimeError(f"This is not signed as the driver says: {headers}")


def _lateness(driver: Driver, receiver: Receiver, seconds: float) -> list[float]:
    """Milliseconds from the publisher's call to the receipt, at low load with random gaps."""
    receiver.forget()
    dice, session, called = random.Random(SEED), requests.Session(), dict[str, float]()
    due = time.monotonic()
    until = due + seconds
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        mark = f"event-{len(called):06}-of-this-run"
        call = driver.publish({"number": mark, "note": "x" * 900})
        called[mark] = time.time()
        _publish(call, session)
        due += dice.expovariate(PER_S)
    got = _receipts(receiver, called)
    return [(got[mark].at - began) * 1e3 for mark, began in called.items()]


def _receipts(receiver: Receiver, marks: Collection[str]) -> dict[str, Received]:
    """The first request with each of these texts in its body, whatever the server puts around it and sends besides."""
    found: dict[str, Received] = {}
    seen = 0
    while len(found) < len(marks):
        got = _receive(receiver, seen + 1)
        for request in got[seen:]:
            found |= {m: request for m in marks if m not in found and m.encode() in request.body}
        seen = len(got)
    return found


def _rate(driver: Driver, receiver: Receiver, at_once: int, seconds: float) -> float:
    """Events accepted a second over so many connections, with nothing left over from before."""

    def accepted(count: int) -> float:
        receiver.forget()
        rate = _call_many(driver, count, at_once)
        _receive(receiver, count)
        return rate

    return accepted(max(at_once, int(accepted(10 * at_once) * seconds)))


def _backlog(driver: Driver, receiver: Receiver, seconds: float) -> float:
    """Events a second that the receiver gets, from the first to the last, of more than are sent meanwhile."""
    receiver.forget()
    count = max(200, int(500 * seconds))
    _call_many(driver, count, 64)
    times = sorted(request.at for request in _receive(receiver, count))
    return (len(times) - 1) / (times[-1] - times[0])


def _call_many(driver: Driver, count: int, at_once: int) -> float:
    call = driver.publish({"number": 4711, "note": "x" * 900})
    headers = [f"{name}: {value}" for name, value in call.headers.items()]
    request = request_bytes(call.path, call.body, headers)
    return call_many(call.port, request, count, at_once, str(call.accepted).encode())


def _publish(call: Publish, session: requests.Session | None = None) -> None:
    post: Callable[..., requests.Response] = session.post if session else requests.post
    headers = {"Content-Type": "application/json", **call.headers}
    answer = post(f"http://127.0.0.1:{call.port}{call.path}", data=call.body, headers=headers, timeout=30)
    if answer.status_code != call.accepted:
        raise RuntimeError(f"Not accepted: {answer.status_code} {answer.text}")


def _receive(receiver: Receiver, count: int) -> list[Received]:
    try:
        return receiver.wait_for(count, DRAIN_S)
    except TimeoutError as late:
        raise RuntimeError(f"Not everything was delivered: {late}") from None


if __name__ == "__main__":
    sys.exit(main())
