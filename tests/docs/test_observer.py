"""docs/observer.rst: a log and counters of the fate of each flash."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Visit, see, send

PAGE = "docs/observer.rst"


async def test_the_log_has_the_fate_of_a_message_but_not_its_text(
    visit: Visit, names: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert names["observe"]
    caplog.set_level("INFO", "shop.flashes")
    client = await visit(names["make_app"]())
    await send(client, "/")
    assert await see(client, "/") == ["Article created."]
    logged = [r.getMessage().split() for r in caplog.records if r.name == "shop.flashes"]
    assert logged == [["POST", "/:", "flashed"], ["GET", "/:", "shown"]]


async def test_prometheus_counts_each_kind(visit: Visit, names: dict[str, Any]) -> None:
    assert names["count"]
    client = await visit(names["make_counted_app"]())
    await send(client, "/")
    await see(client, "/")
    counted = {
        sample.labels["kind"]: sample.value
        for metric in names["FLASHES"].collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }
    assert counted == {"flashed": 1, "shown": 1}
