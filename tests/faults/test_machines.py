"""Workers on several machines that share one PostgreSQL and one Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import sleep

import pytest
from sqlalchemy.engine import make_url

from tests.machine.networks import Gate, OtherMachine, reachable_address
from tests.machine.processes import Process, worker

pytestmark = [pytest.mark.slow_faults, pytest.mark.databases("postgresql")]


@pytest.fixture
def here() -> Iterator[str]:
    """This machine's address as the others know it."""
    with reachable_address() as address:
        yield address


@pytest.fixture
def settings(settings, redis_server, here) -> dict[str, str]:
    """Receivers on this machine have that address too."""
    return {**settings, "REDIS_URL": redis_server.url, "DELIVERY_ALLOW_NETWORKS": f"127.0.0.0/8,{here}/32"}


@pytest.fixture
def gates(settings, redis_server, receiver, here) -> Iterator[dict[str, Gate]]:
    """The ways in to PostgreSQL, Redis and the receiver."""
    ports = {
        "postgresql": make_url(settings["DATABASE_URL"]).port or 5432,
        "redis": redis_server.port,
        "receiver": receiver.port,
    }
    with ExitStack() as stack:
        opened = {name: Gate(port) for name, port in ports.items()}
        for gate in opened.values():
            gate.open()
            stack.callback(gate.close)
        yield opened


@pytest.fixture
def worker_elsewhere(settings, gates, here, tmp_path) -> Iterator[Callable[[OtherMachine], Process]]:
    """Starts workers on other machines, which know this one by its address only."""
    there = {
        name: value.replace("127.0.0.1", here) for name, value in settings.items() if name.endswith("_URL")
    }
    with ExitStack() as stack:

        def start(machine: OtherMachine) -> Process:
            log = tmp_path / f"{machine.name}-{len(list(tmp_path.iterdir()))}.log"
            process = worker({**settings, **there}, log, through=machine.command)
            process.start()
            stack.callback(process.kill)
            return process

        yield start


@pytest.fixture
def machines() -> Iterator[list[OtherMachine]]:
    """Two of them."""
    with ExitStack() as stack:
        made = [OtherMachine(), OtherMachine()]
        for machine in made:
            machine.start()
            stack.callback(machine.stop)
        yield made


def test_two_machines_share_the_work(installation, machines, worker_elsewhere, gates, receiver, here):
    for _ in range(8):
        url = receiver.at(f"/{len(installation.told.paths)}").replace("127.0.0.1", here)
        installation.add_webhook(url=url, max_in_flight=50, timeout_s=30)
    workers = [worker_elsewhere(machine) for machine in machines for _ in range(2)]
    everybody, published = {machine.address for machine in machines}, 0
    while gates["receiver"].callers != everybody and published < 10_000:
        published += len(installation.publish(100))
        sleep(0.2)
    installation.wait_until_done()
    installation.assert_promises()
    assert len(receiver.requests) == 8 * published
    assert gates["receiver"].callers == everybody
    workers[0].kill()
    workers[3].kill()
    installation.publish(100)
    installation.let_leases_end()
    installation.wait_until_done()
    installation.assert_promises()
