"""Numbers for Prometheus, from Redis and the record, by one process of their own.

Needs the extra `metrics`.
"""

from .collector import Numbers, registry_of

__all__ = ["Numbers", "registry_of"]
