"""What browsers say of where a request comes from, on which the flashbag relies."""

from __future__ import annotations

import pytest

from .conftest import Serve, Visit
from .engines import Engine, Tab
from .server import Server
from .site import make_site


@pytest.fixture
async def site(serve: Serve) -> Server:
    return await serve(make_site())


@pytest.fixture
async def tab(site: Server, visit: Visit) -> Tab:
    """A tab at a page whose address was typed."""
    tab = await (await visit(site)).new_tab()
    await tab.open("/typed")
    return tab


def said(site: Server, path: str) -> tuple[str, str]:
    """What the last request for a path said: `Sec-Fetch-Site`, and the path of its `Referer`."""
    seen = site.requests(path)[-1]
    return seen.site, seen.referer


async def test_a_typed_address_comes_from_nowhere(tab: Tab, site: Server) -> None:
    assert said(site, "/typed") == ("none", "")
    await tab.open("/again")
    assert said(site, "/again") == ("none", "")


async def test_a_link_says_on_which_page_it_is(tab: Tab, site: Server) -> None:
    await tab.click("a")
    assert said(site, "/linked") == ("same-origin", "/typed")


async def test_every_redirect_of_a_form_says_on_which_page_the_form_is(
    tab: Tab, site: Server
) -> None:
    await tab.click("button")
    for path in ("/save", "/hop", "/saved"):
        assert said(site, path) == ("same-origin", "/typed")
        assert site.requests(path)[-1].dest == "document"


async def test_a_script_says_in_which_page_it_runs(tab: Tab, site: Server) -> None:
    await tab.run("fetch('/save', {method: 'POST'}).then(() => { location.href = '/led' })")
    for path in ("/save", "/hop", "/saved", "/led"):
        assert said(site, path) == ("same-origin", "/typed")
    assert [site.requests(path)[-1].dest for path in ("/saved", "/led")] == ["empty", "document"]


async def test_a_reload_says_again_what_was_said_before(
    tab: Tab, site: Server, engine: Engine
) -> None:
    await tab.reload()
    assert said(site, "/typed") == ("none", "")
    await tab.click("a")
    await tab.reload()
    assert len(site.requests("/linked")) == 2
    by_nobody = engine.name == "webkit"  # although it says on which page the link is
    assert said(site, "/linked") == ("none" if by_nobody else "same-origin", "/typed")


async def test_a_reload_by_a_script_says_in_which_page_it_runs_but_not_in_firefox(
    tab: Tab, site: Server, engine: Engine
) -> None:
    like_a_user = engine.name == "firefox"
    await tab.run("location.reload()")
    assert said(site, "/typed") == (("none", "") if like_a_user else ("same-origin", "/typed"))
    await tab.click("a")
    await tab.run("location.reload()")
    assert said(site, "/linked") == ("same-origin", "/typed" if like_a_user else "/linked")
