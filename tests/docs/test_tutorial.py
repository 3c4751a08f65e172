"""docs/tutorial.rst: the guest book, as it stands at the end, and its tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.apps import AiohttpClient, Client

from .conftest import see
from .pages import blocks, run

PAGE = "docs/tutorial.rst"


@pytest.fixture(params=[1, 2, 3], ids="step {}".format)
def step(request: pytest.FixtureRequest) -> int:
    """How far a reader has come: each step has one block of Python, and one template."""
    number: int = request.param
    return number


@pytest.fixture
async def client(
    step: int, aiohttp_client: AiohttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Client:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "book.html").write_text(blocks(PAGE, "html+jinja")[step - 1].text)
    monkeypatch.chdir(tmp_path)
    names = run(PAGE, step)
    assert names["show"]
    assert names["sign"]
    jar = aiohttp.CookieJar(unsafe=True)
    return await aiohttp_client(names["make_app"](), cookie_jar=jar)


async def test_who_signs_is_thanked_once(client: Client) -> None:
    page = await (await client.post("/", data={"name": "Zoë & Co", "town": ""})).text()
    assert page.count("Thank you, Zoë &amp; Co!") == 1
    again = await see(client, "/")
    assert "Thank you" not in again
    assert "Zoë &amp; Co</" in again


async def test_from_step_2_an_empty_name_comes_back_with_its_town(
    client: Client, step: int
) -> None:
    page = await (await client.post("/", data={"name": "", "town": "Ulm"})).text()
    assert ("Please tell us your name." in page) is (step >= 2)
    assert ('value="Ulm"' in page) is (step >= 2)
    assert "Ulm" not in await see(client, "/")


async def test_in_step_3_the_new_name_is_marked_once(client: Client, step: int) -> None:
    page = await (await client.post("/", data={"name": "Zoë", "town": ""})).text()
    assert ("<mark>Zoë</mark>" in page) is (step == 3)
    assert "<mark>" not in await see(client, "/")


@pytest.mark.parametrize("test", ["test_who_signs_is_thanked", "test_a_name_is_required"])
async def test_the_tests_of_the_tutorial_pass(
    names: dict[str, Any],
    aiohttp_client: AiohttpClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    test: str,
) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "book.html").write_text(blocks(PAGE, "html+jinja")[-1].text)
    monkeypatch.chdir(tmp_path)
    await names[test](aiohttp_client)
