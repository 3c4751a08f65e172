"""Tabs of one browser: what they load says where it comes from, as in Chromium and Firefox."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientResponse, web
from yarl import URL

from aiohttp_flashbag import (
    flash,
    flash_form,
    flashbag_get,
    flashbag_set,
    flashed_form,
    get_flashed_messages,
)
from support.apps import Client, answer_of, json_page

NOTHING: dict[str, Any] = {"value": None, "form": None, "messages": []}
"""What `page` gives if nothing is for it."""


class Tab:
    """A tab, and the page that it shows. Tabs of one client have their cookies in common."""

    def __init__(self, client: Client, path: str = "") -> None:
        self.client = client
        self.page = str(client.make_url(path)) if path else ""

    async def send(self, method: str, path: str, **headers: str) -> ClientResponse:
        """Navigate, but not further than a redirect."""
        self._headers = self._says("document", "navigate") | headers
        return await self._ask(method, path)

    async def fetch(
        self, path: str, method: str = "GET", dest: str = "empty", **headers: str
    ) -> ClientResponse:
        """Let the page load something, by a script or an element; the tab stays where it is."""
        mode = "cors" if dest == "empty" else "no-cors"
        headers = self._says(dest, mode) | headers
        return await self.client.request(method, path, headers=headers, allow_redirects=False)

    async def follow(self, response: ClientResponse) -> ClientResponse:
        """Go where the response leads, with the `Referer` of the request that was redirected."""
        while location := response.headers.get("Location", ""):
            target = response.url.join(URL(location))
            response = await self._ask("GET", target.path_qs)
        self.page = str(response.url)
        return response

    async def click(self, path: str, **headers: str) -> Any:
        """Go there by a link, and give the JSON of the page where that ends."""
        return await answer_of(await self.follow(await self.send("GET", path, **headers)))

    async def type(self, path: str) -> Any:
        """Go there by a typed address."""
        self.page = ""
        return await self.click(path)

    async def submit(self, path: str) -> Any:
        """Send a form."""
        return await answer_of(await self.follow(await self.send("POST", path)))

    async def _ask(self, method: str, path: str) -> ClientResponse:
        request = self.client.request(method, path, headers=self._headers, allow_redirects=False)
        return await request

    def _says(self, dest: str, mode: str) -> dict[str, str]:
        site = {"Sec-Fetch-Site": "same-origin", "Referer": self.page}
        where = site if self.page else {"Sec-Fetch-Site": "none"}
        return {"Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": mode, **where}


def give(request: web.Request) -> None:
    """Flash the text in the query string as a value, a form's error and a message."""
    text = request.query["text"]
    flashbag_set(request, "error", text)
    flash_form(request, {"name": text}, {"name": text})
    flash(request, text)


def all_of(text: str) -> dict[str, Any]:
    """What `page` gives if all that `give` flashed is for it."""
    return {"value": text, "form": [text, text], "messages": [text]}


async def page(request: web.Request) -> web.Response:
    """Show what is for this page."""
    form = flashed_form(request)
    return json_page(
        {
            "value": flashbag_get(request, "error"),
            "form": [form.get("name"), form.error("name")] if form else None,
            "messages": [message.message for message in get_flashed_messages(request)],
        }
    )


def go_on(request: web.Request, status: int = 303) -> web.Response:
    """Redirect to the page that the query string names."""
    return web.Response(status=status, headers={"Location": request.query["to"]})


async def save(request: web.Request) -> web.Response:
    """Flash, and redirect (303)."""
    give(request)
    return go_on(request)


async def hop(request: web.Request) -> web.Response:
    """Redirect (302), and do nothing else."""
    return go_on(request, 302)


TAB_ROUTES = (
    web.post("/save", save),
    web.get("/hop", hop),
    *(web.get(path, page) for path in ("/a", "/b", "/list", "/final", "/faq")),
)
