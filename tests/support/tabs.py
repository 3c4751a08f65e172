"""Tabs of one browser, whose requests say where they come from, as in Chromium and Firefox."""

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
"""The JSON of `page` if it can read nothing."""


class Tab:
    """A tab and the page that it shows. Tabs of one client share their cookies."""

    def __init__(self, client: Client, path: str = "") -> None:
        self.client = client
        self.page = str(client.make_url(path)) if path else ""

    async def send(self, method: str, path: str, **headers: str) -> ClientResponse:
        """Navigate, without following a redirect."""
        self._headers = self._origin("document", "navigate") | headers
        return await self._request(method, path)

    async def fetch(self, path: str, dest: str = "empty") -> ClientResponse:
        """Load something for the page, as a script or an element does. The tab stays there."""
        headers = self._origin(dest, "cors" if dest == "empty" else "no-cors")
        return await self.client.get(path, headers=headers, allow_redirects=False)

    async def hop(self, response: ClientResponse) -> ClientResponse:
        """Follow one redirect, with the `Referer` of the request that was redirected."""
        target = response.url.join(URL(response.headers["Location"]))
        return await self._request("GET", target.path_qs)

    async def follow(self, response: ClientResponse) -> ClientResponse:
        """Follow all redirects, and return the page at their end."""
        while "Location" in response.headers:
            response = await self.hop(response)
        self.page = str(response.url)
        return response

    async def arrive(self, response: ClientResponse) -> Any:
        """Follow all redirects, and return the JSON of the page at their end."""
        return await answer_of(await self.follow(response))

    async def click(self, path: str, **headers: str) -> Any:
        """Follow a link, and return the JSON of the page."""
        return await self.arrive(await self.send("GET", path, **headers))

    async def type(self, path: str) -> Any:
        """Go to a typed address, and return the JSON of the page."""
        self.page = ""
        return await self.click(path)

    async def submit(self, path: str) -> Any:
        """Send a form, and return the JSON of the page after the redirect."""
        return await self.arrive(await self.send("POST", path))

    async def _request(self, method: str, path: str) -> ClientResponse:
        request = self.client.request(method, path, headers=self._headers, allow_redirects=False)
        return await request

    def _origin(self, dest: str, mode: str) -> dict[str, str]:
        site = {"Sec-Fetch-Site": "same-origin", "Referer": self.page}
        return {
            "Sec-Fetch-Dest": dest,
            "Sec-Fetch-Mode": mode,
            **(site if self.page else {"Sec-Fetch-Site": "none"}),
        }


def give(request: web.Request) -> None:
    """Flash the text in the query string as a value, as a form with an error, and as a message."""
    text = request.query["text"]
    flashbag_set(request, "error", text)
    flash_form(request, {"name": text}, {"name": text})
    flash(request, text)


def all_of(text: str) -> dict[str, Any]:
    """Return the JSON of `page` if it can read everything that `give` flashed."""
    return {"value": text, "form": [text, text], "messages": [text]}


async def page(request: web.Request) -> web.Response:
    """Show the flashes that this page can read."""
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
    """Redirect (302) without flashing."""
    return go_on(request, 302)


TAB_ROUTES = (
    web.post("/save", save),
    web.get("/hop", hop),
    *(web.get(path, page) for path in ("/a", "/b", "/list", "/final", "/faq")),
)
