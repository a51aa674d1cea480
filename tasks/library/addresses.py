"""Whether something can be an address that mail is sent to."""

import re

#: One mailbox, in ASCII: no display name, no quotes, no second recipient.
_MAILBOX = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
)
#: What SMTP carries at most (RFC 5321, 4.5.3.1).
_LONGEST, _LONGEST_LOCAL, _LONGEST_LABEL = 254, 64, 63


def valid_address(text: str | None) -> str | None:
    """The address as it goes over the wire, its domain in ASCII; None when it can be none."""
    local, at, domain = (text or "").strip().rpartition("@")
    if not at or len(local) > _LONGEST_LOCAL:
        return None
    try:
        address = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None
    if len(address) > _LONGEST or not _MAILBOX.fullmatch(address):
        return None
    labels = address.rpartition("@")[2].split(".")
    return address if max(map(len, labels)) <= _LONGEST_LABEL else None
