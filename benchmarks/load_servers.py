"""Programs that are killed and started again, and the load balancer before them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from .launch import HOST

PATIENCE = 10  # seconds until a program must answer


def free_port() -> int:
    """A port on which nobody listened a moment ago."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Program:
    """A process that listens on a port, which stays the same when it is started again."""

    def __init__(self, port: int, *command: str) -> None:
        self.port = port
        self._command = command

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(*self._command)
        await asyncio.wait_for(self._until_it_answers(), PATIENCE)

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()

    async def _until_it_answers(self) -> None:
        while not await self._answers():  # noqa: ASYNC110  # another process, which sets no event
            await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(HOST, self.port)
        except OSError:
            return False
        writer.close()
        return True


@contextlib.asynccontextmanager
async def balanced(workers: Sequence[Program]) -> AsyncIterator[list[int]]:
    """The ports to ask: that of nginx, or without it those of the workers in turn."""
    ports = [worker.port for worker in workers]
    path = shutil.which("nginx")
    if path is None:
        yield ports
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        configuration = nginx_configuration(port, ports)
        Path(folder, "nginx.conf").write_text(configuration)  # noqa: ASYNC240
        nginx = Program(port, path, "-p", folder, "-e", "stderr", "-c", "nginx.conf")
        await nginx.start()
        try:
            yield [port]
        finally:
            await nginx.stop()


def nginx_configuration(port: int, workers: Sequence[int]) -> str:
    """A balancer that gives the next request to the next worker, and asks another for one that
    is dead; of each answer it says by `X-Asked` whom it asked."""
    servers = "".join(f"server {HOST}:{worker} fail_timeout=1s;" for worker in workers)
    return f"""
        daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit;
        events {{ worker_connections 1024; }}
        http {{
            access_log off;
            proxy_temp_path proxy; client_body_temp_path body;
            fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            upstream workers {{ {servers} keepalive 64; }}
            server {{
                listen {HOST}:{port};
                keepalive_requests 1000000;
                location / {{
                    proxy_pass http://workers;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    add_header X-Asked $upstream_addr always;
                }}
            }}
        }}"""
