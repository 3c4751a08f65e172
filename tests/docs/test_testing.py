"""docs/testing.rst: its tests pass, each with an application of its own."""

from __future__ import annotations

import unittest
from typing import Any

import pytest
from support.apps import AiohttpClient

from aiohttp_flashbag.testing import record_flashes

PAGE = "docs/testing.rst"


async def site_of(names: dict[str, Any], aiohttp_client: AiohttpClient) -> Any:
    """Do the same as the page's fixture, which pytest does not allow to be called."""
    assert names["site"]
    app = names["make_app"]()
    flashes = record_flashes(app)
    return await aiohttp_client(app), flashes


@pytest.mark.parametrize(
    "test",
    [
        "test_saving_shows_a_message",
        "test_the_page_shows_an_error",
        "test_the_page_itself_flashes_nothing",
    ],
)
async def test_the_tests_with_a_client_pass(
    names: dict[str, Any], aiohttp_client: AiohttpClient, test: str
) -> None:
    await names[test](await site_of(names, aiohttp_client))


@pytest.mark.parametrize("handler", ["show", "save"])
async def test_a_test_with_a_client_can_fail(
    names: dict[str, Any], aiohttp_client: AiohttpClient, handler: str
) -> None:
    names["show"], names["save"] = names[handler], names[handler]
    site = await site_of(names, aiohttp_client)
    with pytest.raises((AssertionError, KeyError)):
        await names["test_saving_shows_a_message"](site)


async def test_the_test_of_a_handler_passes(names: dict[str, Any]) -> None:
    await names["test_the_handler_shows_the_error"]()


def test_the_unittest_passes(names: dict[str, Any]) -> None:
    case = names["TestSite"]
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.testsRun == 1
    assert result.errors == result.failures == []


async def test_a_browser_shows_what_was_seeded(
    names: dict[str, Any], aiohttp_client: AiohttpClient, chromium: Any
) -> None:
    client, flashes = await site_of(names, aiohttp_client)
    context = await chromium.new_context()
    assert "Saved" in await names["show_in_browser"](context, client, flashes)
