"""A request that is held at the server in one tab, while another tab goes on."""

from __future__ import annotations

from support.overlap import Gate

from .conftest import Serve, Visit
from .site import make_site


async def test_a_tab_loads_pages_while_the_form_of_another_is_held(
    serve: Serve, visit: Visit
) -> None:
    gate = Gate()
    server = await serve(make_site(gate.hold))
    browser = await visit(server)
    a, b = await browser.new_tab(), await browser.new_tab()
    await a.open("/a")
    await b.open("/b")
    await a.click("button", wait=False)
    await server.arrival("/save")
    await b.click("a")
    assert await b.text("h1") == "/linked"
    await b.open("/typed")
    assert await b.text("h1") == "/typed"
    assert server.requests("/saved") == []
    gate.opened.set()
    await a.loaded()
    assert await a.text("h1") == "/saved"
    assert [server.requests(path)[0].referer for path in ("/saved", "/linked")] == ["/a", "/b"]


async def test_a_tab_is_closed_while_its_form_is_held(serve: Serve, visit: Visit) -> None:
    gate = Gate()
    server = await serve(make_site(gate.hold))
    browser = await visit(server)
    a, b = await browser.new_tab(), await browser.new_tab()
    await a.open("/a")
    await a.click("button", wait=False)
    await server.arrival("/save")
    await a.close()
    await b.open("/b")
    gate.opened.set()
    assert (await server.answer("/save")).status == 303
    await b.reload()
    assert server.requests("/hop") == []
