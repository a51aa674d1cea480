"""What must not happen while a process forks."""

import os
import threading

#: A child that is forked in the middle of a transaction of SQLite finds its database locked for
#: ever: what SQLite knows of its locks is copied, and never let go.
NOT_WHILE_FORKING = threading.Lock()

os.register_at_fork(
    before=NOT_WHILE_FORKING.acquire,
    after_in_parent=NOT_WHILE_FORKING.release,
    after_in_child=NOT_WHILE_FORKING.release,
)
