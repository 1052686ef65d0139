"""Several threads that do the same thing at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import Flask

FOUR = 4

T = TypeVar("T")


def all_at_once(app: Flask, do: Callable[[], T]) -> list[T]:
    """Do it in four threads, each in a request's context of its own; what each returned, or the first's exception."""
    together = threading.Barrier(FOUR)

    def wait_and_do() -> T:
        with app.test_request_context():
            together.wait()
            return do()

    with ThreadPoolExecutor(FOUR) as threads:
        return [each.result() for each in [threads.submit(wait_and_do) for _ in range(FOUR)]]
