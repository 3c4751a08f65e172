"""The functions that take the time: `python -m benchmarks.profile WORK SYSTEM`, with cProfile.

Profiling makes small functions look slower than they are. Use it to find a place to improve, and
`python -m benchmarks` to measure the improvement.
"""

from __future__ import annotations

import argparse
import pstats
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from .launch import Server, use_one_cpu
from .measure import microseconds
from .works import STORAGES, SYSTEMS, WORKS, session_storage

_REQUESTS = 8000


def main() -> None:
    """Profile one server while it does one work."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("work", choices=WORKS)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--storage", choices=STORAGES, default="encrypted")
    parser.add_argument("--sort", choices=("tottime", "cumtime", "ncalls"), default="tottime")
    parser.add_argument("--lines", type=int, default=40)
    options = parser.parse_args()
    use_one_cpu()
    with tempfile.TemporaryDirectory() as folder, session_storage(options.storage) as storage:
        file = Path(folder) / "profile"
        program = SYSTEMS[options.system].program(storage)
        profiler = ("-m", "cProfile", "-o", str(file))
        with closing(Server(replace(program, options=profiler))) as server:
            microseconds(server, WORKS[options.work], _REQUESTS)
        stats = pstats.Stats(str(file)).strip_dirs().sort_stats(options.sort)
        stats.print_stats("^(?!.*importlib)", options.lines)


if __name__ == "__main__":
    main()
