"""The apps of ``isolation/``: loading them, breaking the right ones, and exploring them."""

from __future__ import annotations

import ast
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from pytest_flaskctx.isolation.asking import asked
from pytest_flaskctx.isolation.isolating import Explored, Isolation
from pytest_flaskctx.isolation.reach import Reach
from pytest_flaskctx.ownership import Ownership

HERE = Path(__file__).parent / "isolation"


def apps(kind: str) -> list[Path]:
    """Return the files of a kind: ``bleeding`` or ``right``."""
    return sorted((HERE / kind).glob("*.py"))


def load(path: Path, text: str | None = None) -> ModuleType:
    """Import an app anew; ``text`` takes the place of what its file says."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    exec(compile(text or path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))
    return module


def mutated(path: Path) -> str:
    """Return a right app with its lock, key or copy removed, as its ``MUTANT`` says."""
    text = path.read_text(encoding="utf-8")
    (node,) = (
        each
        for each in ast.parse(text).body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "MUTANT"
    )
    pairs = ast.literal_eval(node.value)
    lines = text.splitlines(keepends=True)
    # What is to be replaced stands in the assignment, too.
    lines[node.lineno - 1 : node.end_lineno] = ["\n"] * (node.end_lineno - node.lineno + 1)
    text = "".join(lines)
    for old, new in (pairs,) if isinstance(pairs[0], str) else pairs:
        assert text.count(old) == 1, f"{old!r} in {path.name}"
        text = text.replace(old, new)
    return text


def explore(module: ModuleType, path: Path, seed: str) -> Explored:
    """Explore an app by its own visits and options."""
    options = {
        "copies": 2,
        "oracle": "token",
        "expect": None,
        "shared": None,
        "reset": None,
        "max_schedules": 300,
        "max_seconds": 60.0,
        **getattr(module, "OPTIONS", {}),
    }
    visits = getattr(module, "VISITS", None) or (module.visit,)
    app = getattr(module, "create_app", None) or module.app
    ownership = _Only(str(path))
    wanted = asked(visits, app=app, seed=seed, **options)
    return Isolation(wanted, Reach(ownership), path.parent).explore()


class _Only(Ownership):
    """Takes one file for the user's, and all that is imported for libraries."""

    def __init__(self, file: str) -> None:
        super().__init__(Path(file).parent)
        self._file = file

    def classify(self, file: str) -> str:  # type: ignore[override]
        kind = super().classify(file)
        return "user" if file == self._file else "library" if kind == "user" else kind
