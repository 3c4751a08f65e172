"""The articles in an SQLite database."""

import os
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from tempfile import TemporaryDirectory
from typing import NamedTuple

import aiosqlite
from aiohttp import web

SCHEMA = """
CREATE TABLE IF NOT EXISTS articles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    created TEXT NOT NULL
)
"""


class Article(NamedTuple):
    id: int
    title: str
    body: str
    created: str

    @property
    def day(self) -> str:
        """Return the time of publication for people."""
        created = datetime.fromisoformat(self.created)
        return f"{created.day} {created:%B %Y, %H:%M} UTC"


class Store:
    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    async def latest(self, limit: int = 50) -> list[Article]:
        """Return up to `limit` articles, newest first."""
        rows = await self._db.execute_fetchall(
            "SELECT id, title, body, created FROM articles ORDER BY id DESC LIMIT ?", (limit,)
        )
        return [Article(*row) for row in rows]

    async def add(self, title: str, body: str) -> None:
        """Store a new article."""
        now = datetime.now(timezone.utc).isoformat(timespec="minutes")
        await self._db.execute(
            "INSERT INTO articles (title, body, created) VALUES (?, ?, ?)", (title, body, now)
        )

    async def remove(self, article_id: int) -> str | None:
        """Delete an article. Return its title, or None if there is no such article."""
        rows = await self._db.execute_fetchall(
            "DELETE FROM articles WHERE id = ? RETURNING title", (article_id,)
        )
        return next((row[0] for row in rows), None)


STORE = web.AppKey("STORE", Store)


async def open_store(app: web.Application) -> AsyncIterator[None]:
    """Open the database while the application runs."""
    with TemporaryDirectory(prefix="flashbag-demo-") as folder:
        path = os.environ.get("DATABASE") or f"{folder}/articles.sqlite3"
        async with aiosqlite.connect(path, isolation_level=None) as db:
            await db.execute(SCHEMA)
            app[STORE] = Store(db)
            yield
