"""Serving ASGI: uvicorn with httptools, on asyncio's own loop as aiohttp is."""

from __future__ import annotations

from typing import Any

import uvicorn  # type: ignore[import-not-found, unused-ignore]

from .process import listening


def serve(app: Any) -> None:
    """Serve until SIGTERM, without an access log."""
    config = uvicorn.Config(
        app, loop="asyncio", http="httptools", lifespan="auto", access_log=False, log_level="error"
    )
    uvicorn.Server(config).run(sockets=[listening()])
