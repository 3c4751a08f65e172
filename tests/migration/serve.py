"""Serve one application until standard input ends: `python serve.py PATH [NAME=VALUE...]`.

The application is what the file at PATH calls `app`, a WSGI, Starlette or aiohttp application, or
what its `make_app()` returns. The port is printed. This file runs where this library is not
installed, so it imports nothing of the tests.
"""

from __future__ import annotations

import importlib
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
    if kind == "aiohttp":
        from aiohttp import web

        web.run_app(app, sock=listening, print=None, handle_signals=False)
    elif kind == "starlette":
        import uvicorn  # type: ignore[import-not-found, unused-ignore]

        config = uvicorn.Config(app, log_level="critical", loop="asyncio", http="h11")
        uvicorn.Server(config).run([listening])
    else:
        _serve_wsgi(app, listening)


def _serve_wsgi(app: Any, listening: socket.socket) -> None:
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = WSGIServer(listening.getsockname(), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.server_name, server.server_port = listening.getsockname()
    server.setup_environ()
    server.set_app(_without_bodies_for_head(app))
    server.serve_forever()


def _without_bodies_for_head(app: Any) -> Any:
    """Leave the body out, as the servers for WSGI do that are used in production."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
        body = app(environ, start_response)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body

    return wrapped


def _end_with_standard_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)  # noqa: T201
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    serve(application(sys.argv[1]), listening)
