"""docs/troubleshooting.rst: the log tells the fate of a message."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Visit, see, send

PAGE = "docs/troubleshooting.rst"


async def test_the_log_tells_that_a_message_was_flashed_and_shown(
    names: dict[str, Any], visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    assert names["observe"]
    client = await visit(names["make_app"]())
    await send(client, "/")
    await see(client, "/")
    logged = [record.getMessage() for record in caplog.records if record.name == "flashes"]
    assert ["kind='flashed'" in logged[0], "kind='shown'" in logged[1]] == [True, True]
    assert len(logged) == 2
