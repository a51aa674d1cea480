"""What an app is told about its Redis."""

from celery import Celery

from beat_schedule.runs.install import configure
from beat_schedule.settings import Settings


def test_an_app_is_told_the_sentinels_and_the_name_of_their_master():
    app = Celery("test", set_as_current=False)
    url = "sentinel://:sesame@h:1/0?master_name=jobs;sentinel://i:2"

    configure(app, Settings(redis_url=url))

    with app.connection_for_write() as connection:
        assert connection.alt == ["sentinel://:sesame@h:1/0", "sentinel://:sesame@i:2/0"]
        assert connection.transport_options["master_name"] == "jobs"
        assert connection.transport_options["global_keyprefix"] == ""
