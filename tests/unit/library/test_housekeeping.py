"""The sign of life."""

import logging

from tasks.housekeeping import heartbeat


def test_a_heartbeat_is_one_line_in_the_log(caplog):
    caplog.set_level(logging.INFO)

    heartbeat()

    assert [record.message for record in caplog.records] == ["heartbeat.sounded"]
