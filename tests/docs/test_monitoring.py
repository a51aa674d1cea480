"""Alert rules and dashboard hold together with the metrics that there are."""

import json
import runpy
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from beat_schedule.metrics.names import DURATION, GAUGES, LATENESS, TALLIES, WAITING, named
from tests.docs.pages import ROOT, page, table_rows

RULES = ROOT / "monitoring" / "alerts.yml"
HISTOGRAMS = (DURATION, LATENESS, WAITING)

#: Every name under which Prometheus has numbers of ours, and its labels.
EXPORTED = {named(name): {*said.labels} for name, said in GAUGES.items()} | {
    f"{named(name)}{ending}": {*said.labels, "le"}
    for name, said in TALLIES.items()
    for ending in (("_bucket", "_sum", "_count") if name in HISTOGRAMS else ("_total",))
}


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page("monitoring/grafana.json"))["panels"]
    return found


def expressions() -> list[tuple[str, str]]:
    return [
        *((rule["alert"], rule["expr"]) for rule in rules()),
        *((panel["title"], each["expr"]) for panel in panels() for each in panel["targets"]),
    ]


def selectors(expression: Any) -> Iterator[Any]:
    """What an expression asks for, at whatever depth."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
        return
    for name in ("expr", "lhs", "rhs", "param", "vector_selector", "vs"):
        if (inner := getattr(expression, name, None)) is not None:
            yield from selectors(inner)
    for inner in getattr(expression, "args", None) or ():
        yield from selectors(inner)


@pytest.mark.parametrize(("where", "expression"), expressions())
def test_each_expression_parses_and_asks_for_what_is_exported(where, expression):
    asked = list(selectors(promql_parser.parse(expression)))

    assert asked, where
    for each in asked:
        assert each.name in EXPORTED, where
        assert {matcher.name for matcher in each.matchers.matchers} <= EXPORTED[each.name], where


def test_each_rule_says_how_bad_it_is_and_what_to_do():
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}, rule["alert"]
        assert {*rule["annotations"]} == {"summary", "description"}, rule["alert"]
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_panels_do_not_cover_each_other():
    taken = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels()
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_every_metric_stands_in_the_page_with_its_labels_and_no_other_does():
    rows = {
        row[0].strip("`"): row[1]
        for row in table_rows(page("docs/operating.md"))
        if row[0].startswith("`hookbeat_")
    }

    every = {
        **{named(name): said for name, said in GAUGES.items()},
        **{
            named(name) + ("" if name in HISTOGRAMS else "_total"): said
            for name, said in TALLIES.items()
        },
    }
    assert set(rows) == set(every)
    for name, said in every.items():
        assert rows[name] == ", ".join(f"`{label}`" for label in said.labels), name


def test_flower_is_given_the_redis_and_the_prefix_of_the_workers(monkeypatch: pytest.MonkeyPatch):
    flower = yaml.safe_load(page("docker-compose.yml"))["services"]["flower"]
    monkeypatch.setenv("HOOKBEAT_REDIS_URL", "redis://elsewhere:6379/1")
    monkeypatch.setenv("HOOKBEAT_PREFIX", "library:")

    settings = runpy.run_path(str(ROOT / "monitoring" / "flower_settings.py"))

    assert settings["broker_url"] == "redis://elsewhere:6379/1"
    assert settings["broker_transport_options"] == {"global_keyprefix": "library:"}
    assert {"HOOKBEAT_REDIS_URL", "HOOKBEAT_PREFIX"} <= set(flower["environment"])
    [mounted] = flower["volumes"]
    assert mounted.startswith("./monitoring/flower_settings.py:")
    # Who can open it can end runs.
    assert flower["ports"] == ["127.0.0.1:5555:5555"]
