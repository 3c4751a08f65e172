"""Serving WSGI: cheroot with one thread, the cheapest of cheroot, waitress and gunicorn."""

from __future__ import annotations

import os
from typing import Any

from cheroot.wsgi import Server  # type: ignore[import-not-found, unused-ignore]

from .process import listening


def serve(app: Any) -> None:
    """Serve until SIGTERM."""
    os.dup2(listening().detach(), 3)  # where cheroot, as under systemd, finds its socket
    os.environ["LISTEN_PID"] = str(os.getpid())
    Server(("127.0.0.1", 0), app, numthreads=1).start()
