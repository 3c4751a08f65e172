"""Chromium, Firefox and WebKit from Debian's packages, behind one interface: see `tab.py`."""

from __future__ import annotations

from .chromium import Chromium, ChromiumTab
from .firefox import Firefox
from .tab import PATIENCE, Browser, BrowserError, Engine, Tab
from .webkit import WebKit

__all__ = ["ENGINES", "PATIENCE", "Browser", "BrowserError", "ChromiumTab", "Engine", "Tab"]

ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Chromium, Firefox, WebKit)}
