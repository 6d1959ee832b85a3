import pytest

from relay.notify.groups.words import title
from relay.notify.text import block, first_line, moment, one_line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("two\r\nlines\tand  more ", "two lines and more"),
        (42, "42"),
        ("\x00\x1b[31mred\x07", "[31mred"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\ud800 lone", "lone"),
        ("x" * 201, "x" * 199 + "…"),
        ("", None),
        (" \n ", None),
        (None, None),
        (True, None),
        ({"a": 1}, None),
    ],
)
def test_one_line_is_bounded_and_safe(value, shown):
    assert one_line(value) == shown


def test_a_number_of_any_length_is_shown():
    assert one_line(10**5000) == f"{hex(10**5000)[:199]}…"


def test_the_first_line_is_the_first_that_says_anything():
    assert first_line("\r\n\r\n  Boom \r\n   at X") == "Boom"
    assert first_line("") is None
    assert first_line(None) is None


def test_a_block_keeps_its_lines_and_indentation():
    assert block("a\r\n   at b\rc\n\n") == "a\n   at b\nc"
    assert len(block("line\n" * 1000) or "") == 1000


def test_moments_are_utc_to_the_second():
    assert moment("2018-11-26T14:14:26.2529616Z") == "2018-11-26 14:14:26 UTC"
    assert moment("2018-11-26T16:14:26+02:00") == "2018-11-26 14:14:26 UTC"
    assert moment("0001-01-01T00:00:00") is None


@pytest.mark.parametrize(
    ("name", "subject", "shown"),
    [
        ("job.faulted", "FailingJob", "Job faulted: FailingJob"),
        ("queueItem.reviewStatusChanged", None, "Queue item review status changed"),
        ("job.neverSeenBefore", "X", "Job never seen before: X"),
        ("..", None, ".."),
    ],
)
def test_titles_read_like_sentences(name, subject, shown):
    assert title(name, subject) == shown
