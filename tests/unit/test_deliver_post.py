import pytest

from relay.errors import Refused
from relay.notify.formats import Post
from relay.notify.post import Answer, post, seconds_of

NOW = 1_770_000_000.0  # 2026-02-02 02:40:00 UTC
NOTICE = Post(b"{}", {})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("99999999999999999999", 86_400),
        ("Mon, 02 Feb 2026 02:41:00 GMT", 61),
        ("Mon, 02 Feb 2026 02:41:00 -0000", 61),
        ("Mon, 02 Feb 2026 01:00:00 GMT", 0),
        ("Mon, 02 Feb 2099 01:00:00 GMT", 86_400),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("", 0),
        ("١٢", 0),
        (None, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    assert seconds_of(text, NOW) == seconds


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "ftp://127.0.0.1/",
        "https://",
        "https:///path",
        "https://[::1",
        "https://user:secret@example.com/",
        "https://example.com:0/",
        "https://example.com:port/",
        "https://example.com/a b",
        "https://example.com/\r\nX: y",
        "https://exämple.com/",
        "https://foo..bar/x",
        f"https://{'a' * 64}.example/",
        "hooks.slack.com/services/x",
        "",
    ],
)
def test_an_address_that_may_not_be_used_is_refused_without_naming_it(url):
    with pytest.raises(Refused) as refused:
        post(url, NOTICE)

    assert str(refused.value) in ("the receiver's address is malformed", "the receiver's address is not https")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_accepted(status):
    assert Answer(status).accepted


@pytest.mark.parametrize(
    ("status", "temporary"),
    [
        (408, True),
        (425, True),
        (429, True),
        (500, True),
        (503, True),
        (301, False),
        (400, False),
        (404, False),
        (410, False),
    ],
)
def test_what_may_pass_is_tried_again(status, temporary):
    assert not Answer(status).accepted
    assert Answer(status).temporary is temporary
