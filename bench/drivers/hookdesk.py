"""Hookdesk, set up as people do it: on the command line and through its API.

With HOOKDESK_ROOT=/path/to/another/tree another version of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import requests
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bench.drivers.driver import Place, Publish
from tests.machine.ports import free_port
from tests.machine.processes import Process
from tests.machine.settings import environment, settings_for

HERE = Path(__file__).resolve().parents[2]
SPACE, OWN_TYPE = "Bench", "parcel.posted"
START_S = 60.0


class Driver:
    """See `bench.drivers.driver.Driver`."""

    def __init__(self, place: Place, root: Path | None = None) -> None:
        """`root`: the tree whose program it is."""
        self._root = root or Path(os.environ.get("HOOKDESK_ROOT", HERE))
        self._folder = place.folder
        self.port = free_port()
        self._settings = settings_for(
            place.folder / "instance",
            DATABASE_URL=place.database_url,
            REDIS_URL=place.redis_url,
            PORT=str(self.port),
        )
        self.web = self._process("web", "-m", "ops.web")
        self.worker = self._process("worker", "-m", "workers", "--schedule")
        self.key = ""
        self._secrets: list[str] = []

    def start(self) -> None:
        """A database, a space with an event type of its own, a key; then the web server and a worker."""
        self._flask("prepare")
        self._flask("space", "create", SPACE)
        self.key = self._flask("api-key", "create", "--space", SPACE, "--scope", "administrative")
        self.web.start()
        self.worker.start()
        until = time.monotonic() + START_S
        while not self.web.is_healthy():
            if time.monotonic() > until:
                raise RuntimeError(f"The web server did not start:\n{self.web.output()}")
            time.sleep(0.05)
        self._call("PUT", f"/event-types/{OWN_TYPE}", {"sample": {"id": 1}})

    def stop(self) -> None:
        """End web server and worker."""
        for process in (self.web, self.worker):
            if process.started:
                process.kill()

    def endpoint(self, url: str) -> None:
        """A webhook that is on."""
        made = self._call("POST", "/webhooks", {"name": "Bench", "url": url, "events": [OWN_TYPE]})
        self._secrets.append(made["secret"])
        self._call("POST", f"/webhooks/{made['id']}/enable", {})

    def publish(self, data: Mapping[str, object]) -> Publish:
        """`POST /api/v1/events`."""
        body = orjson.dumps({"type": OWN_TYPE, "object_id": "4711", "data": data})
        return Publish(self.port, "/api/v1/events", body, {"Authorization": f"Bearer {self.key}"})

    def is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """By Standard Webhooks."""
        return any(_verifies(secret, headers, body) for secret in self._secrets)

    def _process(self, name: str, *command: str) -> Process:
        return Process(command, self._settings, self._folder / f"{name}.log", root=self._root)

    def _flask(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=self._root,
            env=environment(self._settings),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def _call(self, method: str, path: str, body: object) -> Any:
        answer = requests.request(
            method,
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=30,
        )
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()


def _verifies(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers))
    except WebhookVerificationError:
        return False
    return True
