"""A JavaScript module of this package, served so that browsers can keep it forever."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

from aiohttp import hdrs, web

_FOREVER = "public, max-age=31536000, immutable"


class Script:
    """A file of this package, without its comments and indentation."""

    def __init__(self, name: str) -> None:
        source = files(__package__).joinpath(name).read_bytes()
        self.name = name
        self.content = re.sub(rb"(?m)^ *//.*\n|^ +", b"", source)
        self.version = hashlib.sha256(self.content).hexdigest()[:16]

    def add_to(self, app: web.Application, path: str) -> web.Resource:
        """Serve the script under `path`, and return its resource."""
        resource = app.router.add_resource(f"{path}/{self.name}")
        for method in (hdrs.METH_GET, hdrs.METH_HEAD):
            resource.add_route(method, self._send)
        return resource

    async def _send(self, request: web.Request) -> web.Response:
        """Send the script, cacheable forever if the URL has the hash of its content."""
        is_current = request.query.get("v") == self.version
        headers = {
            hdrs.CACHE_CONTROL: _FOREVER if is_current else "no-cache",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(
            body=self.content, content_type="text/javascript", charset="utf-8", headers=headers
        )
