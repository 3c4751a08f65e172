"""htmx and Turbo, if `make npm` has installed them."""

from pathlib import Path

from aiohttp import web

MODULES = Path(__file__).parent.parent / "build" / "npm" / "node_modules"
FILES = {
    "htmx 2": "htmx.org/dist/htmx.min.js",
    "htmx 4": "htmx4/dist/htmx.min.js",
    "Turbo": "@hotwired/turbo/dist/turbo.es2017-umd.js",
}


def serve_libraries(app: web.Application) -> dict[str, str]:
    """Serve the installed libraries, and return the URL of each one."""
    if MODULES.is_dir():
        app.router.add_static("/npm", MODULES)
    return {name: f"/npm/{file}" for name, file in FILES.items() if (MODULES / file).is_file()}
