"""The layout: imports run one way, the core is small, and few modules know tabs or observers."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import aiohttp_flashbag

PACKAGE = Path(aiohttp_flashbag.__file__).parent
MODULES = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
CORE = ("flash.py", "bag.py", "exchange.py", "middleware.py")


def imported(path: Path) -> set[Path]:
    """Return the modules of the package that a module imports at run time, lazily too."""
    found: set[Path] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_type_checkers = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and node not in for_type_checkers:
            folder = path.parents[node.level - 1] / (node.module or "").replace(".", "/")
            names = [folder / alias.name for alias in node.names]
            files = [name.with_suffix(".py") for name in names]
            is_module = folder.with_suffix(".py").exists()
            found |= {folder.with_suffix(".py")} if is_module else {f for f in files if f.exists()}
            if not is_module and not all(file.exists() for file in files):
                found.add(folder / "__init__.py")
    return found


def importers_of(*names: str) -> set[str]:
    """Return the modules that import one of these."""
    wanted = {MODULES[name] for name in names}
    return {name for name, path in MODULES.items() if imported(path) & wanted}


def test_imports_run_one_way_without_a_circle() -> None:
    order = TopologicalSorter({path: imported(path) for path in MODULES.values()})
    modules = list(order.static_order())  # raises CycleError
    assert modules[-1] == MODULES["__init__.py"]


def test_the_core_can_be_read_in_ten_minutes() -> None:
    lines = [len(MODULES[name].read_text(encoding="utf-8").splitlines()) for name in CORE]
    assert sum(lines) <= 850


def test_the_core_knows_no_transport_and_the_bag_no_http() -> None:
    assert "aiohttp" not in MODULES["bag.py"].read_text(encoding="utf-8").replace(
        "aiohttp_flashbag", ""
    )
    reached, todo = set[Path](), [MODULES["bag.py"]]
    while todo:
        todo += imported(path := todo.pop()) - reached
        reached.add(path)
    names = {path.relative_to(PACKAGE).as_posix() for path in reached}
    assert names == {
        "bag.py",
        "copies.py",
        "flash.py",
        "keys.py",
        "limits.py",
        "log.py",
        "message.py",
    }


def test_few_modules_know_about_tabs_and_one_about_observers() -> None:
    assert importers_of("tabs.py") == {"exchange.py"}
    assert importers_of("observer.py") == {"app.py", "__init__.py"}


def test_jinja_and_cryptography_are_optional() -> None:
    for name, path in MODULES.items():
        text = path.read_text(encoding="utf-8")
        if name != "jinja.py":
            assert "jinja2" not in text.replace("aiohttp_jinja2", ""), name
        if name != "transports/encryption.py":
            assert "from cryptography" not in text, name
