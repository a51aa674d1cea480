"""Every Redis key that is ours.

P is `<HOOKBEAT_PREFIX>hookbeat:<clock>:`, on the broker's own server and database number. What no
clock declares has the clock `main`, and under it stands what all have in common: workers, tasks,
defined, defined_at, defined_upto, taken_back, active, spoiled, clocks, said. Instants are UTC ms.
No key has a time to live: a lifetime here is compared with Redis's time in the script that reads
it, so that a clock that steps can be seen through.

| key          | type   | content                                              | lifetime       |
|--------------|--------|------------------------------------------------------|----------------|
| P install    | string | the install id, equal to the database's              | for ever       |
| P lease      | hash   | grant ('' = free), owner, term, since, renewals, step, … | for ever   |
| P generation | hash   | current; `seen:<hash>` -> when it was first seen     | seen: 90 days  |
|              |        | partial: the current one, if a module is unread      | while so       |
| P beats      | hash   | beat id -> `at|generation|what it says of itself`    | 10 s unrenewed |
| P workers    | hash   | worker -> `at|what it says of itself`, its queues    | 15 s unrenewed |
| P tasks      | hash   | digest -> the names of tasks that workers know      | while one does |
| P cursor     | string | every entry was looked at up to this instant         | for ever       |
| P declared   | hash   | entry -> `spread|fingerprint of its schedule`        | while declared |
| P last       | hash   | entry -> nominal due time up to which it is decided  | 30 days more   |
| P owing      | hash   | entry -> `oldest undecided due time|next try|why`    | until decided  |
| P hold       | hash   | entry or `*` -> JSON: kind, since, until, by, why, version | while held |
| P defined    | hash   | entry -> `version|when|kind|JSON`; without JSON taken back | see below |
| P defined_at | zset   | entry, by a number that rises with each change       | see below      |
| P taken_back | zset   | entries of which it was, by when                     | 90 days        |
| P defined_upto | string | all that the database says up to this version is here | for ever    |
| P active     | hash   | entry -> `w|run` waits, `r|run|until` runs; advice   | r: 15 s unrenewed |
| P orphans    | hash   | run -> since when its waiting token is for nobody    | while so       |
| P journal    | stream | decisions and holds, until the database has them     | 500,000 lines  |
| P spoiled    | list   | messages that no worker can read, newest first       | 1,000 messages |
| P clocks     | hash   | clock -> when one of its beats showed itself last    | for ever       |
| P wake       | topic  | why the beats should look at once                    | -              |
| P said:RUN   | topic  | what a run says, while somebody listens              | -              |
| queues       | list   | kombu's: `<HOOKBEAT_PREFIX><queue>`                  | kombu's        |

What operators say stands for ever; that they took something back is known for 90 days.
"""

from dataclasses import dataclass

#: The clock of all that no other clock declares.
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one clock of an installation; `prefix` is its `HOOKBEAT_PREFIX`."""

    prefix: str = ""
    group: str = MAIN

    def _name(self, what: str) -> str:
        return f"{self.prefix}hookbeat:{self.group}:{what}"

    def _common(self, what: str) -> str:
        """What every group of beats has in common."""
        return f"{self.prefix}hookbeat:{MAIN}:{what}"

    @property
    def install(self) -> str:
        return self._name("install")

    @property
    def lease(self) -> str:
        return self._name("lease")

    @property
    def generation(self) -> str:
        return self._name("generation")

    @property
    def beats(self) -> str:
        return self._name("beats")

    @property
    def workers(self) -> str:
        return self._common("workers")

    @property
    def tasks(self) -> str:
        return self._common("tasks")

    @property
    def cursor(self) -> str:
        return self._name("cursor")

    @property
    def declared(self) -> str:
        return self._name("declared")

    @property
    def last(self) -> str:
        return self._name("last")

    @property
    def owing(self) -> str:
        return self._name("owing")

    @property
    def hold(self) -> str:
        return self._name("hold")

    @property
    def defined(self) -> str:
        return self._common("defined")

    @property
    def defined_at(self) -> str:
        return self._common("defined_at")

    @property
    def taken_back(self) -> str:
        return self._common("taken_back")

    @property
    def defined_upto(self) -> str:
        return self._common("defined_upto")

    @property
    def active(self) -> str:
        return self._common("active")

    @property
    def orphans(self) -> str:
        return self._name("orphans")

    @property
    def journal(self) -> str:
        return self._name("journal")

    @property
    def spoiled(self) -> str:
        return self._common("spoiled")

    @property
    def clocks(self) -> str:
        return self._common("clocks")

    @property
    def wake(self) -> str:
        return self._name("wake")

    def said(self, run: str) -> str:
        return self._common(f"said:{run}")
