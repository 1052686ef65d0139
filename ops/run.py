"""`python -m ops.run` is `make run`: Redis, database, web server, worker and maintenance, as one program.

It runs in the foreground. Ctrl-C or SIGTERM ends all of it in order: first who takes in work, then who does
it, last Redis. A child that dies is started again. The exit code is 0 if it was asked to stop.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping

from ops.child import Child
from ops.folder_lock import lock_folder
from ops.private_redis import PrivateRedis, find_redis_server
from ops.settings import ROOT, StartSettings, read_start_settings
from ops.trouble import SaidAlready, Trouble
from ops.wakeup import Wakeup
from ops.web import STOP_S as WEB_STOP_S
from ops.web import allow_many_connections, check_port, is_healthy, web_command, web_environment

# A worker that is asked to stop finishes the transfers it has under way; the longest may take this long.
WORKER_STOP_S = 40.0
# What waits for a mail server or a receiver is left alone after two seconds: it is found again.
MAINTENANCE_STOP_S = 10.0
HEALTHY_S = 60.0
LOOK_EVERY_S = 1.0
# A child that ends by itself with an error this soon after the first start will not do better the next time.
AT_ONCE_S = 5.0


class Supervisor:
    """Starts everything, watches it, stops it."""

    def __init__(self, settings: StartSettings, wakeup: Wakeup) -> None:
        """`wakeup` tells when to stop."""
        self._settings = settings
        self._wakeup = wakeup
        self._redis: PrivateRedis | None = None
        self._web: Child | None = None
        self._workers: Child | None = None
        self._maintenance: Child | None = None

    def run(self) -> None:
        """Run until asked to stop. Raises `Trouble` if it cannot start or go on."""
        try:
            env = self._start_redis()
            self._prepare(env)
            self._start_program(env)
            self._wait_until_healthy()
            if not self._wakeup.stop_asked:
                self._announce()
            while not self._wakeup.stop_asked:
                self._look_after_children()
                self._wakeup.wait(LOOK_EVERY_S)
        finally:
            self._stop()

    def _start_redis(self) -> dict[str, str]:
        """Returns the environment for the children."""
        env = {**os.environ, "INSTANCE_DIR": str(self._settings.instance_dir), "PYTHONUNBUFFERED": "1"}
        if self._settings.redis_url is not None:
            return env
        program = find_redis_server()
        if program is None:
            _say(
                "There is no redis-server on this machine, so deliveries start up to a second later:"
                " install it (apt-get install redis-server, brew install redis) or set REDIS_URL."
            )
            return env
        self._redis = PrivateRedis(program, self._settings.instance_dir / "redis")
        self._redis.start()
        return env | {"REDIS_URL": self._redis.url}

    def _prepare(self, env: Mapping[str, str]) -> None:
        """Check the settings, migrate the database, make the first owner. Raises `SaidAlready` if it says no."""
        if self._wakeup.stop_asked:
            return
        prepared = Child("preparation", [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"], env)
        prepared.start()
        while prepared.exit_code is None:
            self._wakeup.wait(LOOK_EVERY_S)
            if self._wakeup.stop_asked:
                prepared.ask_to_stop()
                prepared.wait(time.monotonic() + 10)
                return
        if prepared.exit_code != 0:
            raise SaidAlready

    def _start_program(self, env: Mapping[str, str]) -> None:
        if self._wakeup.stop_asked:
            return
        allow_many_connections()
        self._web = Child("The web server", web_command(self._settings), {**env, **web_environment()})
        self._workers = Child("The worker", _worker_command("--schedule"), env)
        self._maintenance = Child("The maintenance worker", _worker_command("--maintenance"), env)
        self._web.start()
        self._workers.start()
        self._maintenance.start()

    def _wait_until_healthy(self) -> None:
        until = time.monotonic() + HEALTHY_S
        while not self._wakeup.stop_asked and not is_healthy(self._settings):
            self._check_first_start()
            if time.monotonic() > until:
                raise Trouble(f"The web server did not answer within {HEALTHY_S:.0f} seconds.")
            self._wakeup.wait(0.05)

    def _announce(self) -> None:
        address = self._settings.base_url or self._settings.near_url
        lines = [f"Hookdesk is running at {address}"]
        if self._settings.base_url not in {None, self._settings.near_url}:
            lines.append(f"(the web server listens at {self._settings.near_url})")
        _say("\n".join([*lines, "Ctrl-C stops it.", ""]))

    def _children(self) -> list[Child]:
        redis = self._redis.child if self._redis else None
        return [child for child in (self._web, self._workers, self._maintenance, redis) if child is not None]

    def _check_first_start(self) -> None:
        for child in self._children():
            code = child.exit_code
            if code and code > 0 and child.restarts == 0 and child.age_s < AT_ONCE_S:
                raise Trouble(f"{child.name} ended at once with exit code {code}: see its messages above.")

    def _look_after_children(self) -> None:
        self._check_first_start()
        for child in self._children():
            if (pause := child.plan_restart()) is not None:
                _say(f"{child.name} ended ({_how(child)}); it starts again in {pause:g} s.")
            if child.restart_is_due:
                if self._redis and child is self._redis.child:
                    self._redis.restart()
                else:
                    child.start()

    def _stop(self) -> None:
        """First who takes in work, then who does it, last Redis; both get their time at once."""
        if self._web is not None:
            _say("Stopping; deliveries under way are finished first.")
        now = time.monotonic()
        program = [
            (self._web, WEB_STOP_S + 5.0),
            (self._workers, WORKER_STOP_S),
            (self._maintenance, MAINTENANCE_STOP_S),
        ]
        for child, _ in program:
            if child is not None:
                child.ask_to_stop()
        for child, seconds in program:
            if child is not None and not child.wait(now + seconds):
                _say(f"{child.name} did not end within {seconds:.0f} s and was killed; nothing is lost.")
        if self._redis is not None:
            self._redis.stop()
        if self._web is not None:
            _say("Stopped.")


def _worker_command(kind: str) -> list[str]:
    return [sys.executable, "-m", "workers", kind]


def _how(child: Child) -> str:
    code = child.exit_code or 0
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # a terminal that was closed must not keep us from stopping
        print(text, flush=True)


def main() -> int:
    """Run it all. Returns the exit code."""
    os.chdir(ROOT)
    os.umask(0o077)  # what Redis and the others write is for this user alone
    try:
        settings = read_start_settings()
        lock_folder(settings.instance_dir)
        check_port(settings)
        Supervisor(settings, Wakeup()).run()
    except SaidAlready:
        return 1
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
