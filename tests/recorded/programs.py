"""The requests of curl and aiohttp's client."""

from __future__ import annotations

import asyncio
import shutil

import aiohttp
from browser.server import Server
from support.services import refuse

from . import Requests
from .site import make_app, path_of, record

CURL = {"page": [], "head": ["--head"], "form": ["--data", "name=value"]}


async def record_curl() -> Requests:
    """Record the requests of curl."""
    if shutil.which("curl") is None:
        refuse("curl", "curl")
    server = Server(make_app(""))
    async with server.running():
        return {
            situation: await record(server, situation, _curl(server, situation, options))
            for situation, options in CURL.items()
        }


async def _curl(server: Server, situation: str, options: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        "curl",
        "--silent",
        *options,
        server.url + path_of(situation),
        stdout=asyncio.subprocess.PIPE,
    )
    await process.communicate()
    assert process.returncode == 0


async def record_aiohttp() -> Requests:
    """Record the requests of aiohttp's client."""
    server = Server(make_app(""))
    async with server.running(), aiohttp.ClientSession(server.url) as client:
        acts = {
            "page": client.get(path_of("page")),
            "head": client.head(path_of("head")),
            "form": client.post(path_of("form"), data={"name": "value"}),
        }
        requests = {
            situation: await record(server, situation, act) for situation, act in acts.items()
        }
        requests["page after form"] = await record(server, "page after form")
        return requests
