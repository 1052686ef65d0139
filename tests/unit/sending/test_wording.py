import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sending.failures.wording import as_texts, human_size, one_line, say


def test_says_the_first_wording_whose_facts_are_known():
    wordings = ("{a} and {b}", "{a} alone", "nothing")
    assert say(wordings, {"a": "A", "b": "B"}) == "A and B"
    assert say(wordings, {"a": "A"}) == "A alone"
    assert say(wordings, {"b": "B"}) == "nothing"


def test_one_is_said_in_the_singular_and_nothing_is_left_out():
    assert as_texts({"n": 1, "m": 0, "seconds": "1", "days": 2, "host": "", "x": None}) == {
        "n_one": "1",
        "seconds_one": "1",
        "days": "2",
    }


@given(st.text(max_size=400), st.integers(1, 150))
def test_one_line_is_short_and_visible(text, longest):
    line = one_line(text, longest)
    assert len(line) <= longest
    assert '"' not in line
    assert all(unicodedata.category(letter) not in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") for letter in line)
    assert line == line.strip()


@given(st.text(st.characters(categories=["L", "N"]), max_size=120))
def test_plain_short_text_stays_as_it_is(text):
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 kB"), (1536, "1.5 kB"), (999_949, "999.9 kB"),
     (999_950, "1 MB"), (2_400_000, "2.4 MB"), (5_000_000_000, "5000 MB")],
)  # fmt: skip
def test_sizes_in_words(size, words):
    assert human_size(size) == words
