"""What the layout promises: few floors of imports and no circle, and few calls for a request."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, does, make_app

import aiohttp_flashbag
from aiohttp_flashbag import flash, get_flashed_messages

PACKAGE = Path(aiohttp_flashbag.__file__).parent
MOST_FLOORS = 8
# Calls into the package, and changes of file between them.
FLASHES, SHOWS = (40, 20), (50, 25)
FLASHES_TO_A_TAB, SHOWS_IN_A_TAB, PASSES_OVER = 50, 70, 50
PLAIN, PLAIN_WITH_SESSION = 5, 12


def imported(path: Path) -> set[Path]:
    """The modules of the package that a module imports, lazily too."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1] / (node.module or "").replace(".", "/")
            named = [folder / alias.name for alias in node.names] if not node.module else [folder]
            files = (module.with_suffix(".py") for module in named)
            found.update(file if file.exists() else folder / "__init__.py" for file in files)
    return found


@cache
def floor(path: Path, below: tuple[Path, ...] = ()) -> int:
    """On which floor of imports a module lies; the ground floor imports nothing of the package."""
    assert path not in below, f"a circle of imports: {[str(p.name) for p in (*below, path)]}"
    return 1 + max((floor(other, (*below, path)) for other in imported(path)), default=0)


def test_imports_run_one_way_over_few_floors() -> None:
    floors = {path.relative_to(PACKAGE): floor(path) for path in PACKAGE.rglob("*.py")}
    assert max(floors.values()) <= MOST_FLOORS, floors
    assert floors[Path("__init__.py")] == max(floors.values())


@contextmanager
def counting() -> Iterator[list[str]]:
    """The file of each call into the package; comprehensions are no calls of their own."""
    files: list[str] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if (
            event == "call"
            and code.co_filename.startswith(f"{PACKAGE}/")
            and code.co_name[0] != "<"
        ):
            files.append(code.co_filename)

    sys.setprofile(note)
    try:
        yield files
    finally:
        sys.setprofile(None)


def figures(files: list[str]) -> tuple[int, int]:
    """How many calls, and how many changes of file between them."""
    return len(files), sum(one != other for one, other in pairwise(files))


def save(request: web.Request) -> None:
    flash(request, "Saved")


def show(request: web.Request) -> None:
    assert get_flashed_messages(request) == ["Saved"]


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    """Not logged in yet, but the application has answered once."""
    redirects = does(save, answer=lambda: web.HTTPSeeOther("/"))
    app = make_app(storage, web.post("/", redirects), web.get("/", does(show)))
    client = await aiohttp_client(app)
    await client.get("/plain")
    return client


each_transport = pytest.mark.parametrize("storage", ["encrypted", "cookies"], indirect=True)


@each_transport
async def test_a_plain_page_makes_few_calls(client: Client, storage: AbstractStorage) -> None:
    with counting() as files:
        await client.get("/plain")
    assert 0 < len(files) <= PLAIN
    await client.post("/login?user=alice")
    with counting() as files:
        await client.get("/plain")
    assert 0 < len(files) <= (PLAIN if hasattr(storage, "own_cookies") else PLAIN_WITH_SESSION)


@each_transport
async def test_b1_the_browsers_half_adds_no_call_to_a_plain_page(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    calls = []
    for has_half in (False, True):
        app = make_app(storage)
        if has_half:
            aiohttp_flashbag.setup_browser(app)
        client = await aiohttp_client(app)
        await client.post("/login?user=alice")
        await client.get("/plain")
        with counting() as files:
            await client.get("/plain")
        calls.append(len(files))
    assert calls[0] == calls[1] > 0


@each_transport
async def test_a_message_over_a_redirect_makes_few_calls(client: Client) -> None:
    await client.post("/login?user=alice")
    with counting() as files:
        await client.post("/", allow_redirects=False)
    assert figures(files) <= FLASHES
    assert figures(files)[1] <= FLASHES[1]
    with counting() as files:
        await client.get("/")
    assert 20 < figures(files)[0] <= SHOWS[0]
    assert figures(files)[1] <= SHOWS[1]


@each_transport
async def test_t1_a_message_that_is_addressed_makes_few_calls(client: Client) -> None:
    await client.post("/login?user=alice")
    form, other = ({"Referer": str(client.make_url(path))} for path in ("/form", "/other"))
    with counting() as files:
        await client.post("/", headers=form, allow_redirects=False)
    assert 20 < len(files) <= FLASHES_TO_A_TAB
    with counting() as files:
        assert (await client.get("/plain", headers=other)).status == 200
    assert 20 < len(files) <= PASSES_OVER
    with counting() as files:
        assert (await client.get("/", headers=form)).status == 200
    assert 20 < len(files) <= SHOWS_IN_A_TAB
