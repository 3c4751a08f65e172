"""docs/tutorial.rst: the guest book after each step, and its tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.apps import AiohttpClient, Client

from .conftest import see
from .pages import blocks, run

PAGE = "docs/tutorial.rst"
STEPS = (1, 2, 3)


@pytest.fixture(params=STEPS, ids="step {}".format)
def step(request: pytest.FixtureRequest) -> int:
    """How far a reader has come. Each step has one block of Python and one template."""
    number: int = request.param
    return number


@pytest.fixture
def book(step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the guest book after this step, with its template in place."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "book.html").write_text(blocks(PAGE, "html+jinja")[step - 1].text)
    monkeypatch.chdir(tmp_path)
    return run(PAGE, step if step < STEPS[-1] else None)


@pytest.fixture
async def client(book: dict[str, Any], aiohttp_client: AiohttpClient) -> Client:
    assert {"show", "sign"} <= book.keys()
    return await aiohttp_client(book["make_app"]())


async def test_a_guest_who_signs_is_thanked_once(client: Client) -> None:
    page = await (await client.post("/", data={"name": "Zoë & Co", "town": ""})).text()
    assert page.count("Thank you, Zoë &amp; Co!") == 1
    again = await see(client, "/")
    assert "Thank you" not in again
    assert "Zoë &amp; Co</" in again


async def test_from_step_2_the_form_returns_with_its_error_and_its_town(
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


@pytest.mark.parametrize("step", STEPS[-1:], indirect=True)
@pytest.mark.parametrize("test", ["test_a_guest_is_thanked", "test_a_name_is_required"])
async def test_the_tests_of_the_tutorial_pass(
    book: dict[str, Any], aiohttp_client: AiohttpClient, test: str
) -> None:
    await book[test](aiohttp_client)
