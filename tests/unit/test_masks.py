"""What looks like a secret is not said, and what does not is left as it is."""

import pytest

from beat_schedule.masks import masked

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET https://ada:sesame@example.org/x", "GET https://ada:***@example.org/x"),
        ("redis://:ses%21ame@cache:6379/0 is away", "redis://:***@cache:6379/0 is away"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer ***"),
        ("{'Authorization': 'Basic YWRhOng='}", "{'Authorization': 'Basic ***'}"),
        (f"authorization={TOKEN}, retried", "authorization=***, retried"),
        (f"sent bearer {TOKEN} along", "sent bearer *** along"),
        ("X-Api-Key: 0123456789abcdef", "X-Api-Key: ***"),
        ("login(user='ada', password='sesame')", "login(user='ada', password='***')"),
        ("https://x.org/?access_token=abcd1234&page=2", "https://x.org/?access_token=***&page=2"),
        ('{"client_secret": "sesame!", "id": 7}', '{"client_secret": "***", "id": 7}'),
        ('{"db_password": "open sesame"}', '{"db_password": "***"}'),
        ("api_key=k3y-of-mine; ok", "api_key=***; ok"),
    ],
)
def test_a_secret_is_masked_and_nothing_around_it(text, expected):
    assert masked(text) == expected
    assert masked(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "3 notices sent to the members of https://example.org/library",
        "KeyError: 'member 7' at 12:00:03",
        "Authorization: denied",
        "the password of member 7 was reset",
        "password: must have eight characters",
        "primary key (id)=(7) is taken",
        "tokens: 42 of 100",
        "a bearer of good news",
        "key=entry@daily, foreign_key=loan",
        "mailto:ada@example.org at 10:30",
        "run 3f2a at http://[::1]:8000/x@y",
    ],
)
def test_what_is_no_secret_is_said_in_full(text):
    assert masked(text) == text


@pytest.mark.parametrize("text", ["password=" * 5000, "://" * 20000, "a" * 100_000, "x-" * 40000])
def test_no_text_takes_long(text, clock):  # noqa: ARG001 -- a text that does hangs
    assert masked(f"{text}token=") is not None
