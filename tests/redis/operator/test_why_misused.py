"""`hookbeat why` of what nobody knows."""


def test_an_unknown_entry_is_told_where_else_to_look(hookbeat):
    done = hookbeat("why", "tasks.gone@daily")

    assert done.exit_code == 1
    assert "hookbeat decisions tasks.gone@daily" in done.output


def test_a_broken_entry_is_told_with_what_is_wrong_in_the_hooks(hookbeat, project, name):
    hooks = project / f"{name}_hooks.py"
    hooks.write_text(f'scheduler_events = {{"hourly": ["{name}_tasks.gone"]}}\n')

    done = hookbeat("why", f"{name}_tasks.gone")

    assert done.exit_code == 1
    assert f"broken: {name}_hooks.py: scheduler_events['hourly'][0]: module" in done.output


def test_what_is_no_time_is_misuse(hookbeat, count):
    done = hookbeat("why", count, "yesterday")

    assert done.exit_code == 2
    assert "neither a date nor a time" in done.output
