"""What is remembered of strangers is bounded in bytes."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from app.outbound.answer import HEADS_BYTES, Answer
from app.outbound.bounded import ENTRY_BYTES, Bounded
from app.sending.engine.recording import _headers, _kept_headers


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 2000))), st.integers(1, 40_000))
def test_it_never_holds_more_than_it_may_and_never_answers_wrongly(entries, at_most):
    memory: Bounded[int, tuple[int, int]] = Bounded(at_most)
    for key, size in entries:
        memory.put(key, (key, size), size)
        assert memory.size <= at_most
        assert memory.get(key) in (None, (key, size))
    assert memory.size >= len(memory) * ENTRY_BYTES
    for key in range(51):
        memory.forget(key)
    assert (len(memory), memory.size) == (0, 0)


def test_what_is_put_is_found_while_there_is_room():
    memory: Bounded[str, int] = Bounded(100_000)
    for n in range(100):
        memory.put(str(n), n, 10)
    assert [memory.get(str(n)) for n in range(100)] == list(range(100))


def test_many_different_headers_of_many_answers_take_little_memory():
    tracemalloc.start()
    answer = Answer()
    for n in range(40):
        answer.clear()
        answer.lines += [b"HTTP/1.1 200 OK\r\n", *(b"x%d-%d: y\r\n" % (n, i) for i in range(4652)), b"\r\n"]
        _kept_headers(tuple(answer.head().headers))
    for n in range(2_000):
        answer.clear()
        answer.lines += [b"HTTP/1.1 200 OK\r\n", *(b"a%d:\r\n" % (n * 100 + i) for i in range(100)), b"\r\n"]
        _kept_headers(tuple(answer.head().headers))
    answer.clear()
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 3 * HEADS_BYTES
    _headers.clear()


def test_a_body_that_comes_byte_by_byte_is_kept_as_it_is():
    answer = Answer()
    for _ in range(70_000):
        answer.on_body(b"x")
    assert answer.body == b"x" * 65_536
    assert (answer.body_size, answer.truncated) == (70_000, False)
