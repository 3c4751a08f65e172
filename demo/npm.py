"""htmx and Turbo, where npm has installed them: `make npm`."""

from pathlib import Path

from aiohttp import web

MODULES = Path(__file__).parent.parent / "build" / "npm" / "node_modules"
HTMX = {"2": "htmx.org/dist/htmx.min.js", "4": "htmx4/dist/htmx.min.js"}
TURBO = "@hotwired/turbo/dist/turbo.es2017-umd.js"


def serve_libraries(app: web.Application) -> None:
    if MODULES.is_dir():
        app.router.add_static("/npm", MODULES)


def is_installed(library: str) -> bool:
    return (MODULES / library).is_file()
