"""What differs between two tries, in time that grows with what is kept and no faster."""

from __future__ import annotations

import time

from app.models import Attempt
from app.queries.attempts.comparing import LONGEST_LINE, MOST_LINES, header_rows, lines, phase_lengths, phases


def marked(left: str, right: str) -> tuple[list[str], list[str]]:
    return tuple([line.text for line in side if line.only_here] for side in lines(left, right))  # type: ignore[return-value]


def test_lines_that_the_other_side_lacks_are_marked():
    assert marked("a\nb\nc", "a\nx\nc") == (["b"], ["x"])
    assert marked("same", "same") == ([], [])
    assert marked("", "new") == ([], ["new"])


def test_a_line_that_comes_twice_has_one_counterpart_only():
    assert marked("a\na", "a") == (["a"], [])


def test_long_texts_are_cut_and_take_no_longer_than_their_length():
    began = time.monotonic()
    left, right = lines("x\n" * 32_000 + "y" * 64_000, "y" * 64_000 + "\nx" * 32_000)
    assert time.monotonic() - began < 0.5
    assert len(left) == len(right) == MOST_LINES
    assert max(len(line.text) for line in right) == LONGEST_LINE


def test_headers_by_name_those_that_differ_first():
    left = b'[["Content-Type","application/json"],["X-Team","blue"],["webhook-id","evt_1"],["Via","a"],["Via","b"]]'
    right = b'[["content-type","text/html"],["x-team","blue"],["webhook-id","evt_2"],["via","a, b"]]'
    rows = [(row.name, row.differs) for row in header_rows(left, right)]
    assert rows == [("content-type", True), ("x-team", False), ("webhook-id", False), ("via", False)]


def test_a_header_that_one_side_lacks_differs():
    [row] = header_rows(b'[["Retry-After","5"]]', None)
    assert (row.left, row.right, row.differs) == ("5", None, True)


def test_phases_are_lengths_and_end_where_the_try_did():
    whole = Attempt(dns_us=2_000, connect_us=9_000, tls_us=20_000, first_byte_us=40_000, duration_us=42_000)
    assert list(phase_lengths(whole).values()) == [2_000, 7_000, 11_000, 20_000, 2_000]
    refused = Attempt(dns_us=2_000, connect_us=0, tls_us=None, first_byte_us=None, duration_us=3_000)
    assert phase_lengths(refused) == {"dns": 2_000, "rest": 1_000}
    found = {phase.name: (phase.left, phase.right) for phase in phases(whole, refused)}
    assert found["tls"] == (11_000, None)
