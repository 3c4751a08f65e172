"""Serve one application until standard input ends: `python serve.py PATH`.

The file at PATH has an `app`, or a `make_app()` that returns it: an aiohttp, Starlette, Flask or
Django application. The port is printed. This file runs where this library is not installed, so it
imports nothing of the tests.
"""

from __future__ import annotations

import importlib
import logging
import os
import socket
import sys
import threading
from typing import Any


def application(path: str) -> Any:
    """Return the application of a file."""
    folder, name = os.path.split(path)
    sys.path.insert(0, folder)
    module = importlib.import_module(os.path.splitext(name)[0])
    return module.app if hasattr(module, "app") else module.make_app()


def serve(app: Any, listening: socket.socket) -> None:
    """Serve the application on this socket."""
    kind = type(app).__module__.partition(".")[0]
    logging.disable()
    if kind == "aiohttp":
        web = importlib.import_module("aiohttp.web")
        web.run_app(app, sock=listening, print=None, handle_signals=False)
    elif kind == "flask":
        werkzeug = importlib.import_module("werkzeug.serving")
        host, port = listening.getsockname()
        werkzeug.make_server(host, port, app, fd=listening.fileno()).serve_forever()
    else:
        if kind == "django":
            app = importlib.import_module("django.core.handlers.asgi").ASGIHandler()
        uvicorn = importlib.import_module("uvicorn")
        config = uvicorn.Config(app, loop="asyncio", http="h11")
        uvicorn.Server(config).run([listening])


def _end_with_standard_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)  # noqa: T201
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    serve(application(sys.argv[1]), listening)
