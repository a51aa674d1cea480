"""Channels to people: mail, chat, webhooks and whatever else apprise knows."""

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from beat_schedule import logs, urls
from beat_schedule.errors import Problem, SettingsError
from beat_schedule.settings import Settings

#: Seconds to connect, and between two parts of an answer, where the URL says no others.
TIMEOUT = 5.0

#: How often an alert is said over a channel until it is taken.
TRIES = 2

SETTING = "HOOKBEAT_ALERTS"

#: Of people: such are not logged.
_ADDRESS = re.compile(r"[^\s\"'<>@]+@[^\s\"'<>@]+")


class Channel:
    """One of apprise's URLs."""

    def __init__(self, name: str, said: Any) -> None:
        #: Its place and its service, as `1 mailto`: the URL is a secret.
        self.name = name
        self._said = said

    def tell(self, title: str, text: str, *, is_over: bool) -> str:
        """Say it there, twice if need be; why that failed, and nothing where it did not."""
        kind = "success" if is_over else "failure"
        reason = ""
        for _ in range(TRIES):
            with logs.overheard("apprise") as complaints:
                try:
                    if self._said.notify(
                        body=text, title=title, notify_type=kind, body_format="text"
                    ):
                        return ""
                except Exception as error:  # noqa: BLE001 -- of any of a hundred services
                    complaints.append(f"{type(error).__name__}: {error}")
            reason = "; ".join(complaints) or "it was not taken"
        return _ADDRESS.sub("***", reason)


def channels_of(settings: Settings) -> list[Channel]:
    """Those that the setting names; raises SettingsError for what cannot be used."""
    if settings.alerts is None:
        return []
    if not find_spec("apprise"):
        reason = "needs apprise, which is not installed"
        raise SettingsError([Problem(SETTING, reason, "pip install 'hookbeat[alerts]'")])
    apprise: Any = import_module("apprise")
    # Each URL in the thread that says it.
    asset = apprise.AppriseAsset(async_mode=False, app_id="Hookbeat")
    channels, problems = [], []
    for number, url in enumerate(urls.alert_urls(settings.alerts.get_secret_value()), start=1):
        name = f"{number} {url.partition('://')[0].lower()}"
        with logs.overheard("apprise"):
            plugin = apprise.Apprise.instantiate(url, asset=asset)
        if plugin is None:
            reason = f"number {number} ({name.partition(' ')[2]}://…) is no URL that apprise knows"
            problems.append(Problem(SETTING, reason, "try it: apprise -vv --body=test URL"))
        else:
            _set_up(plugin, url)
            channels.append(Channel(name, apprise.Apprise(plugin)))
    if problems:
        raise SettingsError(problems)
    return channels


def _set_up(plugin: Any, url: str) -> None:
    """As alerts are meant, where the URL does not say otherwise."""
    ours = {
        "cto": ("socket_connect_timeout", TIMEOUT),
        "rto": ("socket_read_timeout", TIMEOUT),
        "format": ("notify_format", "text"),
    }
    for option, (attribute, value) in ours.items():
        if f"{option}=" not in url:
            setattr(plugin, attribute, value)
