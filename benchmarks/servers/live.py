"""Serve pages that show mail while they are open: `python -m benchmarks.servers.live URL HANDLE`.

`URL` is that of a Redis, and `HANDLE` the number of a listening socket. The cookie `user` names the
user.
"""

from __future__ import annotations

import socket
import sys

from aiohttp import web
from redis.asyncio import BlockingConnectionPool, Redis

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flashbag_script, setup_browser
from aiohttp_flashbag.mailbox import RedisMailbox

from .process import KEY

_PAGE = """<!doctype html>
<html lang="en">
<title>Live</title>
<link rel="icon" href="data:,">
{script}
<script>
window.texts = [];
window.times = [];
addEventListener("flash", (event) => {{
  texts.push(event.detail.message);
  times.push(Date.now() / 1000);
}});
</script>
<main data-flashes></main>
</html>"""


def mailbox_in(redis: Redis) -> RedisMailbox:
    """Return the mailbox that the servers and the sender of the messages share."""
    return RedisMailbox(redis, max_messages=100_000, timeout=10)


async def _page(request: web.Request) -> web.Response:
    text = _PAGE.format(script=flashbag_script(request))
    response = web.Response(text=text, content_type="text/html")
    response.set_cookie("user", request.match_info["user"])
    return response


def make_app(url: str) -> web.Application:
    """Return an application whose page `/<user>` logs this user in and stays up to date."""
    app = web.Application()
    pool = BlockingConnectionPool.from_url(url, max_connections=20)
    aiohttp_flashbag.setup(
        app,
        CookieTransport(KEY),
        mailbox=mailbox_in(Redis.from_pool(pool)),
        identify=lambda request: request.cookies.get("user"),
    )
    setup_browser(app, live=True)
    app.add_routes([web.get("/{user}", _page)])
    return app


if __name__ == "__main__":
    _, url, handle = sys.argv
    web.run_app(make_app(url), sock=socket.socket(fileno=int(handle)), print=None)
