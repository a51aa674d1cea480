"""What is said of a database that does not answer as it should."""

from beat_schedule.errors import StoreError

CURE = "run `hookbeat migrate`"

#: How PostgreSQL says that there is no such table, no such column.
LACKING = {"42P01", "42703"}


def unusable(error: Exception, kind: type[StoreError] = StoreError) -> StoreError:
    """What people are told when the database does not answer as it should, and what to do.

    By an error of SQLAlchemy's, or of the database's own driver.
    """
    orig = getattr(error, "orig", None) or error
    cause = str(orig).strip().splitlines()[0]
    lacking = getattr(orig, "sqlstate", None) in LACKING or cause.startswith("no such ")
    cure = CURE if lacking else "HOOKBEAT_DATABASE_URL says where"
    return kind(f"the database cannot be used: {cause} ({cure})")
