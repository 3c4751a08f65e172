"""Constants and the socket that all servers share."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

KEY = bytes(range(32))
NOTE = "The article was created and is public now."
PAGE = "<!doctype html><title>Articles</title>" + "<p>An article of some length.</p>" * 30


def listening_socket() -> socket.socket:
    """Return the socket that the benchmark opened. Call this last before serving.

    Objects that exist now are not collected again. SIGUSR2 collects those created later.
    """
    # A batch process does not interrupt the client, which sends its whole request first.
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGUSR2, lambda *_: gc.collect())
    return socket.socket(fileno=int(sys.argv[-1]))
