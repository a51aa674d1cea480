# ruff: noqa: INP001 -- no package: Flower alone imports it
"""What Flower must know to see this installation: its Redis, and the prefix of the keys there."""

import os

broker_url = os.environ.get("HOOKBEAT_REDIS_URL", "redis://redis:6379/0")
broker_transport_options = {"global_keyprefix": os.environ.get("HOOKBEAT_PREFIX", "")}
