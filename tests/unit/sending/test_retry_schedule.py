from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.retry_schedule import (
    DEFAULT,
    NONE,
    RETRY_AFTER_LIMIT_S,
    STANDARD_WEBHOOKS,
    check_schedule,
    next_attempt_ms,
    retry_after_ms,
)

NOW = 1_700_000_000_123

moments = st.integers(0, 2**42)
schedules = st.lists(st.integers(1, 604_800), min_size=1, max_size=20).map(tuple)
randoms = st.floats(0, 1, exclude_max=True)


def gap_s(schedule, failed_attempts, retry_after=None, status=500, **kwargs):
    due = next_attempt_ms(schedule, failed_attempts, NOW, retry_after, status, **kwargs)
    return (due - NOW) / 1000


@given(now=moments)
def test_default_is_after_five_minutes_then_ten_then_never_to_the_second(now):
    attempts = [next_attempt_ms(DEFAULT, failed, now, None, 500) for failed in (1, 2, 3, 4)]
    assert attempts == [now + 300_000, now + 600_000, None, None]


@given(schedule=schedules | st.sampled_from([DEFAULT, STANDARD_WEBHOOKS, NONE]), now=moments)
def test_the_times_of_every_schedule_to_the_second(schedule, now):
    """From one failed attempt to the next, and none after the last; here without the spreading of jitter."""
    tried = [now]
    while (due := next_attempt_ms(schedule, len(tried), tried[-1], None, 500, jitter=False)) is not None:
        tried.append(due)
    gaps = [(later - earlier) / 1000 for earlier, later in pairwise(tried)]
    assert gaps == list(schedule)


@given(schedule=schedules | st.sampled_from([DEFAULT, STANDARD_WEBHOOKS]), now=moments, data=st.data())
def test_the_times_of_every_schedule_as_they_are_spread(schedule, now, data):
    for failed, gap in enumerate(schedule, 1):
        due = next_attempt_ms(schedule, failed, now, None, 500, rng=lambda: data.draw(randoms))
        spread = 0 if schedule == DEFAULT else 100
        assert gap * 1000 <= due - now <= gap * (1000 + spread)


def test_no_schedule_means_no_second_try():
    assert next_attempt_ms(NONE, 1, NOW, "60", 429) is None


def test_standard_schedule_has_eight_tries():
    assert gap_s(STANDARD_WEBHOOKS, 7, rng=lambda: 0.0) == 50_400
    assert next_attempt_ms(STANDARD_WEBHOOKS, 8, NOW, None, 500) is None


def test_asking_before_anything_failed_is_a_mistake():
    with pytest.raises(ValueError, match="failed try"):
        next_attempt_ms(DEFAULT, 0, NOW, None, 500)


@given(
    schedules, st.integers(1, 25), moments, st.none() | st.text(), st.none() | st.integers(100, 999), randoms
)
def test_a_gap_is_never_shorter_than_scheduled(schedule, failed, now, retry_after, status, random):
    due = next_attempt_ms(schedule, failed, now, retry_after, status, rng=lambda: random)
    if failed > len(schedule):
        assert due is None
    else:
        assert due is not None
        assert due - now >= schedule[failed - 1] * 1000


@given(schedules, moments, randoms)
def test_jitter_adds_at_most_a_tenth(schedule, now, random):
    due = next_attempt_ms(schedule, 1, now, None, 500, rng=lambda: random)
    assert schedule[0] * 1000 <= due - now <= schedule[0] * 1100


def test_jitter_can_be_chosen():
    assert gap_s(DEFAULT, 1, rng=lambda: 0.5, jitter=True) == 315
    assert gap_s((100,), 1, rng=lambda: 0.5, jitter=False) == 100
    assert gap_s((100,), 1, rng=lambda: 0.5) == 105
    assert gap_s([300, 600], 1, rng=lambda: 0.5) == 300


@given(seconds=st.integers(0, 10**9), status=st.sampled_from([429, 503]))
def test_retry_after_lengthens_up_to_a_day(seconds, status):
    expected = max(300, min(seconds, RETRY_AFTER_LIMIT_S))
    assert gap_s(DEFAULT, 1, str(seconds), status) == expected


@given(ahead=st.integers(-(10**6), 10**6))
def test_retry_after_as_a_date_is_exact_to_the_second(ahead):
    now_ms = 1_700_000_000_000
    date = format_datetime(datetime.fromtimestamp(1_700_000_000 + ahead, UTC), usegmt=True)
    due = next_attempt_ms(DEFAULT, 1, now_ms, date, 429)
    assert due - now_ms == max(300, min(ahead, RETRY_AFTER_LIMIT_S)) * 1000


def test_retry_after_does_not_shorten_a_gap_longer_than_its_limit():
    assert gap_s((604_800,), 1, "999999", 429, jitter=False) == 604_800


@pytest.mark.parametrize("status", [None, 200, 408, 500, 502, 504])
def test_retry_after_counts_only_on_429_and_503(status):
    assert gap_s(DEFAULT, 1, "7200", status) == 300


@pytest.mark.parametrize(
    "date", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_reads_the_three_forms_of_an_http_date(date):
    assert retry_after_ms(date, NOW) == 784_111_777_000


@pytest.mark.parametrize(
    "text",
    ["", " ", "soon", "-5", "1.5", "1e3", "٣", "0x10", "5 minutes", "\0", "9" * 5000]
    + ["Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Mon, 1 Jan 0001 00:00:00 +2359"],
)
def test_garbage_leaves_the_schedule_as_it_is(text):
    assert gap_s(DEFAULT, 1, text, 429) == 300


@given(st.text(max_size=80))
def test_no_text_breaks_it(text):
    moment = retry_after_ms(text, NOW)
    assert moment is None or isinstance(moment, int)


@given(schedules)
def test_a_good_schedule_passes_unchanged(schedule):
    assert check_schedule(list(schedule)) == schedule


def test_an_empty_schedule_is_good():
    assert check_schedule([]) == NONE


@pytest.mark.parametrize("schedule", [DEFAULT, STANDARD_WEBHOOKS])
def test_our_own_schedules_are_good(schedule):
    assert check_schedule(schedule) == schedule


@pytest.mark.parametrize(
    ("gaps", "sentence"),
    [
        ([0], "from 1 second"),
        ([-1], "from 1 second"),
        ([604_801], "to 7 days"),
        ([1.5], "whole number"),
        (["300"], "whole number"),
        ([True], "whole number"),
        ([None], "whole number"),
        ([60] * 21, "at most 20"),
        ("300", "as a list"),
        (300, "as a list"),
        ({"gap": 300}, "as a list"),
    ],
)
def test_says_what_is_wrong_with_a_schedule(gaps, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_schedule(gaps)
