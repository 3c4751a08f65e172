"""Flask: messages in its signed session cookie."""

from __future__ import annotations

from typing import Any

from flask import (  # type: ignore[import-not-found, unused-ignore]
    Flask,
    flash,
    get_flashed_messages,
    redirect,
    request,
    session,
)

from .process import NOTE
from .wsgi import serve


def login() -> str:
    """Begin a session."""
    session["user"] = request.args["name"]
    return "Hello"


def move() -> Any:
    """Redirect, without a flash."""
    return redirect("/moved", 303)


def moved() -> str:
    """Show what would be flashed."""
    return NOTE


def tell() -> Any:
    """Flash."""
    flash(NOTE)
    return redirect("/told", 303)


def told() -> str:
    """Show."""
    return " ".join(map(str, get_flashed_messages()))


if __name__ == "__main__":
    app = Flask(__name__)
    app.secret_key = bytes(range(32))
    app.add_url_rule("/login", "login", login, methods=["POST"])
    app.add_url_rule("/moved", "move", move, methods=["POST"])
    app.add_url_rule("/moved", "moved", moved)
    app.add_url_rule("/told", "tell", tell, methods=["POST"])
    app.add_url_rule("/told", "told", told)
    serve(app)
