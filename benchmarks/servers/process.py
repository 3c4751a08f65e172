"""What every server under test does alike, whatever its framework."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

NOTE = "The article was created and is public now."
PAGE = "<!doctype html><title>Articles</title>" + "<p>An article of some length.</p>" * 30


def listening() -> socket.socket:
    """The socket that the benchmark opened for this server; called last before serving.

    What exists now is not collected again, and SIGUSR2 collects what came after it.
    """
    # The client is to send to all connections before the server runs.
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGUSR2, lambda *_: gc.collect())
    return socket.socket(fileno=int(sys.argv[-1]))
