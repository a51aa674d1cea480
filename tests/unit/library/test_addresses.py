"""What mail can be sent to."""

import pytest

from tasks.library.addresses import valid_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  ada@example.org ", "ada@example.org"),
        ("o'brien+books@mail.example.org", "o'brien+books@mail.example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_addresses(text, address):
    assert valid_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", " ", "ada", "@example.org", "ada@", "ada@localhost", "a b@example.org"),
        *("ada@example..org", "ada@-example.org", ".ada@example.org", "ada@example.org."),
        *("one@example.org,two@example.org", "Ada <ada@example.org>", "ada@ex ample.org"),
        *("ada@example.org\r\nRCPT TO:<x@example.org>", "ada\n@example.org", "ada@@example.org"),
        *("ådå@example.org", f"{'a' * 65}@example.org", f"a@{'b' * 64}.org", f"a@{'b.' * 130}org"),
        *('"quoted"@example.org', "ada@[127.0.0.1]", "<ada@example.org>", "ada@exa_mple.org"),
    ],
)
def test_what_is_no_address(text):
    assert valid_address(text) is None
