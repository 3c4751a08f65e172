"""Record the headers of all clients again: `python -m tests.recorded`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the tests find their packages

from recorded import Requests, save
from recorded.clients import CLIENTS, record_client, running_programs


async def main() -> None:
    clients: dict[str, Requests] = {}
    with running_programs() as programs:
        for client in CLIENTS:
            clients[client] = await record_client(client, programs)
            print(f"{client}: {len(clients[client])} requests")  # noqa: T201
    save(clients)


asyncio.run(main())
