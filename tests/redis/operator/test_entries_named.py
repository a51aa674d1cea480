"""How `hookbeat entry` takes the name of an entry."""

import pytest

from tests.desk import WHY, shown


@pytest.fixture
def hookbeat(hookbeat):
    assert hookbeat("migrate").exit_code == 0
    return hookbeat


def test_the_only_entry_of_a_task_is_named_by_its_path(hookbeat, count):
    path = count.removesuffix("@hourly")

    for words in (("--queue", "long"), ("--disable",), ("--enable",)):
        said = hookbeat("entry", "set", path, *words, *WHY)
        assert said.exit_code == 0, said.output
        assert count in said.output

    assert shown(hookbeat, path)["key"] == count
    assert shown(hookbeat, path)["said"]["options"] == {"queue": "long"}
    removed = hookbeat("entry", "remove", path, *WHY)
    assert f"{count}: is declared by" in removed.output
    assert hookbeat("entry", "reset", path, *WHY).exit_code == 0
    assert shown(hookbeat, path)["said"] is None


def test_a_task_with_several_entries_does_not_name_one(hookbeat, project, name):
    (project / f"{name}_hooks.py").write_text(
        f"scheduler_events = dict.fromkeys(['daily', 'hourly'], ['{name}_tasks.count'])"
    )

    for words in (("show",), ("set", "--every", "1h", *WHY), ("reset", *WHY)):
        done = hookbeat("entry", words[0], f"{name}_tasks.count", *words[1:])
        assert done.exit_code == 1
        assert "has several entries" in done.output


def test_an_entry_made_at_run_time_has_its_key_before_any_task(hookbeat, name):
    path = f"{name}_tasks.count"
    made = hookbeat("entry", "add", path, "--task", path, "--every", "2h", *WHY)
    assert made.exit_code == 0, made.output

    assert shown(hookbeat, path)["code"] is None
    assert f"{path} is no more" in hookbeat("entry", "remove", path, *WHY).output
