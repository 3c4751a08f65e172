"""The headers by which the flashbag tells requests apart, as three engines send them."""

from __future__ import annotations

import pytest

from .conftest import in_each_engine
from .engines import Engine, Tab
from .site import SEND, Site

pytestmark = in_each_engine

IMAGE = """new Promise((resolve) => {
  const image = new Image();
  image.onload = image.onerror = resolve;
  image.src = "/image";
}).then(() => null)"""


@pytest.fixture
async def tab(site: Site) -> Tab:
    """A tab with a typed address."""
    (tab,) = await site.tabs("/typed")
    return tab


def sent(site: Site, path: str) -> tuple[str, str]:
    """Return `Sec-Fetch-Site` and the path of the `Referer` in the last request for a path."""
    seen = site.server.requests(path)[-1]
    return seen.headers["Sec-Fetch-Site"], seen.referer


def dest(site: Site, path: str) -> str:
    """Return `Sec-Fetch-Dest` in the last request for a path."""
    return site.server.requests(path)[-1].headers["Sec-Fetch-Dest"]


async def test_a_typed_address_has_no_referer_and_a_link_has_its_page(tab: Tab, site: Site) -> None:
    assert sent(site, "/typed") == ("none", "")
    await tab.click("#link")
    assert sent(site, "/linked") == ("same-origin", "/typed")
    await tab.open("/again")
    assert sent(site, "/again") == ("none", "")
    await tab.click("#noreferrer")
    assert sent(site, "/linked") == ("same-origin", "")


async def test_the_referer_depends_on_the_policy_of_the_page(tab: Tab, site: Site) -> None:
    for policy, referer in {
        "no-referrer": "",
        "origin": "/",
        "same-origin": "/page?policy=same-origin",
        "strict-origin-when-cross-origin": "/page?policy=strict-origin-when-cross-origin",
    }.items():
        await tab.open(f"/page?policy={policy}")
        await tab.click("#link")
        assert sent(site, "/linked") == ("same-origin", referer)


async def test_every_redirect_of_a_form_has_the_page_of_the_form(tab: Tab, site: Site) -> None:
    await tab.click(SEND)
    for path in ("/save", "/hop", "/saved"):
        assert sent(site, path) == ("same-origin", "/typed")
        assert dest(site, path) == "document"


async def test_scripts_and_images_have_the_page_they_belong_to(tab: Tab, site: Site) -> None:
    await tab.evaluate(IMAGE)
    post = "fetch('/save', {method: 'POST', body: new FormData(document.forms[0])})"
    await tab.run(f"{post}.then(() => {{ location.href = '/scripted' }})")
    paths = ("/image", "/save", "/saved", "/scripted")
    assert {sent(site, path) for path in paths} == {("same-origin", "/typed")}
    assert [dest(site, path) for path in paths] == ["image", "empty", "empty", "document"]


async def test_a_reload_repeats_the_headers_but_not_in_webkit(
    tab: Tab, site: Site, engine: Engine
) -> None:
    await tab.reload()
    assert sent(site, "/typed") == ("none", "")
    await tab.click("#link")
    await tab.reload()
    assert len(site.server.requests("/linked")) == 2
    by_nobody = engine.name == "webkit"  # although it sends the Referer
    assert sent(site, "/linked") == ("none" if by_nobody else "same-origin", "/typed")


async def test_a_reload_by_a_script_has_its_page_but_not_in_firefox(
    tab: Tab, site: Site, engine: Engine
) -> None:
    like_a_user = engine.name == "firefox"
    await tab.run("location.reload()")
    assert sent(site, "/typed") == (("none", "") if like_a_user else ("same-origin", "/typed"))
    await tab.click("#link")
    await tab.run("location.reload()")
    assert sent(site, "/linked") == ("same-origin", "/typed" if like_a_user else "/linked")
