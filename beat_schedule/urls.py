"""What a URL must be like so that the library that takes it can use it.

A complaint never quotes the URL: it may hold a password.
"""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

#: What redis-py's TLS connection takes; anything else would be a traceback at the first connection.
TLS_OPTIONS = (
    "ssl_cert_reqs",
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_ca_data",
    "ssl_certfile",
    "ssl_keyfile",
    "ssl_password",
    "ssl_check_hostname",
    "ssl_ciphers",
)
#: What the URL of a sentinel says beside: whom it watches, and who may ask it.
SENTINEL_OPTIONS = ("master_name", "sentinel_username", "sentinel_password")
_VERIFY = ("required", "optional", "none", "CERT_REQUIRED", "CERT_OPTIONAL", "CERT_NONE")
_SWITCH = ("1", "true", "yes", "on", "0", "false", "no", "off")

_QUOTING = "in a password write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A"
_HIGHEST_PORT = 65535
_SHORTEST_KEY = 16
_NUMBER = re.compile(r"[0-9]{1,5}")


def redis_url(url: str) -> str:
    """The URL, checked as kombu reads it; over TLS a certificate is asked for unless it says not.

    Sentinels are several URLs with `;` between; what one of them says is written to each.
    Raises ValueError, as do all of these.
    """
    _expect_scheme(url, "redis://", "rediss://", "sentinel://")
    if url.startswith("sentinel://"):
        return _sentinels(url.split(";"))
    if ";" in url:
        raise ValueError(
            "names several servers: name one, or the sentinels that know the master, "
            "sentinel://…;sentinel://… (in a password write ; as %3B)"
        )
    _expect_port(url)
    parts = urlsplit(url)
    _expect_database(parts.path)
    query = _verified(parts.scheme, parts.query)
    return url if query == parts.query else parts._replace(query=query).geturl()


def _sentinels(urls: list[str]) -> str:
    """Each with what any of them says: kombu, on its way from one to the next, keeps nothing."""
    if not all(url.startswith("sentinel://") for url in urls):
        raise ValueError("between two ; stands no sentinel://… (in a password write ; as %3B)")
    for url in urls:
        _expect_port(url)
    parts = [urlsplit(url) for url in urls]
    if not all(each.hostname for each in parts):
        raise ValueError("a sentinel has no host: write sentinel://host:26379/0")
    user = _agreed("user and password", [each.netloc.rpartition("@")[0] for each in parts])
    path = _agreed("the number of the database", [each.path.strip("/") for each in parts])
    query = _agreed("the options after the ?", [each.query for each in parts])
    _expect_database(path)
    query = _verified("sentinel", query)
    hosts = [each.netloc.rpartition("@")[2] for each in parts]
    netlocs = [f"{user}@{host}" if user else host for host in hosts]
    return ";".join(urlunsplit(("sentinel", netloc, path, query, "")) for netloc in netlocs)


def _agreed(what: str, said: list[str]) -> str:
    different = sorted(set(said) - {""})
    if len(different) > 1:
        raise ValueError(f"its sentinels differ in {what}: say it once, or the same in each")
    return different[0] if different else ""


def _verified(scheme: str, query: str) -> str:
    """The options; over TLS kombu's default would be to take any certificate."""
    known = (*SENTINEL_OPTIONS, *TLS_OPTIONS) if scheme == "sentinel" else TLS_OPTIONS
    options = dict(_options(query, known))
    _expect_one_of(options, "ssl_cert_reqs", _VERIFY)
    is_secret = scheme == "rediss" or (
        scheme == "sentinel" and not options.keys().isdisjoint(TLS_OPTIONS)
    )
    if not is_secret or "ssl_cert_reqs" in options:
        return query
    return urlencode([*options.items(), ("ssl_cert_reqs", "required")])


def smtp_url(url: str) -> str:
    _expect_scheme(url, "smtp://", "smtps://")
    _expect_port(url)
    options = dict(_options(urlsplit(url).query, ("starttls",)))
    _expect_one_of({name: value.lower() for name, value in options.items()}, "starttls", _SWITCH)
    return url


def database_url(url: str) -> str:
    _expect_scheme(url, "sqlite://", "postgresql://", "postgres://", "postgresql+psycopg://")
    _expect_port(url)
    if urlsplit(url).netloc.count("@") > 1:
        # SQLAlchemy would take the rest of the password for the host, and show it.
        raise ValueError(f"has more than one @ ({_QUOTING})")
    if url.startswith("sqlite:"):
        _expect_a_file(url)
    return url


def http_url(url: str) -> str:
    _expect_scheme(url, "http://", "https://")
    if not url.isprintable() or any(each.isspace() for each in url):
        raise ValueError("holds a blank or a character that cannot be seen")
    _expect_port(url)
    if not urlsplit(url).hostname:
        raise ValueError("names no host")
    return url


def alert_urls(text: str) -> list[str]:
    """Those of a list; a URL may hold commas itself, so it ends where the next one begins."""
    found = re.split(r"[\s,;]+(?=[A-Za-z0-9]+://)", text.strip(" ,;\n"))
    for number, url in enumerate(found, start=1):
        if not re.match(r"[A-Za-z0-9]+://\S", url):
            raise ValueError(f"number {number} is no URL: write SERVICE://…, as apprise has them")
    return found


def secrets_in(url: str) -> set[str]:
    """What lets whoever knows it use the URL: its password, and parts that look like a key."""
    parts = re.split(r"[/@?&=:,\s]+", url)
    keys = {each for each in parts if len(each) >= _SHORTEST_KEY and "." not in each}
    return {password} | keys if (password := _password(url)) else keys


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""


def _expect_a_file(url: str) -> None:
    parts = urlsplit(url)
    path = unquote(parts.path).removeprefix("/")
    if parts.query:
        raise ValueError("takes no options after the ?: write sqlite:///path")
    if not path or ":memory:" in path or not url.startswith("sqlite:///"):
        raise ValueError(
            "names no file, and what is in memory no other process sees: write sqlite:///path"
        )


def _expect_scheme(url: str, *schemes: str) -> None:
    if not url.startswith(schemes):
        raise ValueError(f"must begin with {' or '.join(schemes)}")


def _expect_database(path: str) -> None:
    if not _NUMBER.fullmatch(path.strip("/") or "0"):
        raise ValueError("must end in the number of a database, as redis://host:port/0")


def _expect_port(url: str) -> None:
    """Not by `urlsplit(url).port`: its complaint quotes what may be half a password."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2].rpartition("]")[2]
    except ValueError:
        raise ValueError(f"cannot be read as a URL ({_QUOTING})") from None
    _, colon, port = host.partition(":")
    if colon and not _is_port(port):
        raise ValueError(f"its port is no number from 1 to {_HIGHEST_PORT} ({_QUOTING})")


def _is_port(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) and 1 <= int(text) <= _HIGHEST_PORT


def _options(query: str, known: tuple[str, ...]) -> list[tuple[str, str]]:
    found = parse_qsl(query, keep_blank_values=True)
    if any(name not in known for name, _ in found):
        raise ValueError(f"has an option after the ? that is none of {', '.join(known)}")
    return found


def _expect_one_of(options: dict[str, str], name: str, values: tuple[str, ...]) -> None:
    if options.get(name, values[0]) not in values:
        raise ValueError(f"{name} must be one of {', '.join(values)}")
