"""One visit over each session storage of aiohttp_session that the other stories leave out."""

from __future__ import annotations

import pytest
from support.apps import ERROR, Start, read, shown, whoami
from support.overlap import FETCH


@pytest.mark.parametrize("storage", ["simple", "nacl", "memcached"], indirect=True)
async def test_a_visit_with_a_login_and_a_logout(start: Start) -> None:
    client = await start()
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers=FETCH)
    await client.post("/login?user=alice", headers=FETCH)
    assert await whoami(client) == "alice"
    assert await read(client) == ERROR
    assert await read(client) is None
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []
    await client.post("/flash", params={"success": "Private"})
    await client.post("/logout", headers=FETCH)
    assert await whoami(client) is None
    assert await shown(client) == []
