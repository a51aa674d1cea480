"""How the databases' own drivers are used, by SQLAlchemy and without it."""

from typing import Any

from beat_schedule.errors import StoreError

#: How long a SQLite writer waits for another before it says `database is locked`, in seconds.
SQLITE_BUSY_TIMEOUT = 10

#: What libpq does about a PostgreSQL that was cut off without a word: seconds, and milliseconds.
LIVENESS = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

#: Seconds within which a PostgreSQL must take a connection.
CONNECT_TIMEOUT = 5


def refuse_ascii(connection: Any) -> None:
    """Close a connection of psycopg to a database that cannot hold every text; StoreError."""
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        connection.close()
        raise StoreError(
            "the database has the encoding SQL_ASCII, which cannot hold every text: "
            "create it with ENCODING 'UTF8' TEMPLATE template0"
        )
