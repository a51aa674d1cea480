"""Every Redis key that is ours.

P is `<HOOKBEAT_PREFIX>hookbeat:main:`, on the broker's own server and database number.

| key      | type   | content                                              | lifetime       |
|----------|--------|------------------------------------------------------|----------------|
| P cursor | string | every entry was looked at up to this instant, UTC ms | for ever       |
| P last   | hash   | entry key -> nominal due time up to which it is decided, UTC ms | for ever |
| P owing  | hash   | entry key -> oldest undecided due time, UTC ms       | until decided  |
| queues   | list   | kombu's: `<HOOKBEAT_PREFIX><queue>`                  | kombu's        |
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one installation; `prefix` is its `HOOKBEAT_PREFIX`."""

    prefix: str = ""

    def _name(self, what: str) -> str:
        return f"{self.prefix}hookbeat:main:{what}"

    @property
    def cursor(self) -> str:
        return self._name("cursor")

    @property
    def last(self) -> str:
        return self._name("last")

    @property
    def owing(self) -> str:
        return self._name("owing")
