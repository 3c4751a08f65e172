"""Where the time goes: `python -m benchmarks.profile WORK SYSTEM`, by cProfile.

It makes small functions look dearer than they are: it says where to look, not what is gained.
"""

from __future__ import annotations

import argparse
import pstats
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from .launch import Server, prepare, redis_server
from .measure import Effort, microseconds
from .works import STORAGES, SYSTEMS, WORKS

_TIMES = 4000


def main() -> None:
    """Profile one server while it does one work."""
    options = _arguments()
    [work] = [work for work in WORKS if work.name == options.work]
    [system] = [system for system in SYSTEMS if system.name == options.system]
    prepare(needs_redis=options.storage == "redis")
    server = redis_server() if options.storage == "redis" else nullcontext(options.storage)
    with tempfile.TemporaryDirectory() as folder, server as storage:
        file = Path(folder) / "profile"
        profiler = ("-m", "cProfile", "-o", str(file))
        process = Server(replace(system.program(str(storage)), options=profiler))
        try:
            microseconds(process, work, Effort(1, _TIMES))
        finally:
            process.stop()
        _show(file, options.sort, options.lines)


def _show(file: Path, sort: str, lines: int) -> None:
    stats = pstats.Stats(str(file)).strip_dirs().sort_stats(sort)
    stats.print_stats("^(?!.*importlib)", lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("work", choices=[work.name for work in WORKS])
    parser.add_argument("system", choices=[system.name for system in SYSTEMS])
    parser.add_argument("--storage", choices=STORAGES, default="encrypted")
    parser.add_argument("--sort", choices=("tottime", "cumtime", "ncalls"), default="tottime")
    parser.add_argument("--lines", type=int, default=40)
    return parser.parse_args()


if __name__ == "__main__":
    main()
