"""The tree tells the architecture: imports run one way, and each secret stays in its room."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_flaskctx

PACKAGE = Path(pytest_flaskctx.__file__).parent
NAME = PACKAGE.name
FILES = sorted(PACKAGE.rglob("*.py"))
FACADES = [file for file in FILES if file.name == "__init__.py"]

# What stands at the bottom, and the whole of what each may know.
BOTTOM: dict[str, set[str]] = {
    "facts": set(),
    "patching": set(),
    "threadstate": set(),
    "flasknames": set(),
    "stacks": {"facts"},
    "ownership": {"facts", "stacks"},
    "places": {"facts"},
    "board": {"threadstate"},
    "findings": {"facts"},
}
# Which rooms a room must not know, with everything in them.
STRANGERS = {
    "probes": {
        "assemble", "drain", "engine", "findings", "grouping", "hints", "monitors",
        "plugin", "reports", "rules", "settings", "source", "waiting",
    },
    "recorder": {"assemble", "drain", "engine", "findings", "hints", "plugin", "probes", "rules"},
    "rules": {
        "assemble", "board", "contexts", "drain", "engine", "hints", "hub", "monitors", "plugin",
        "probes", "pushes", "recorder", "records", "reports", "running", "settings", "sightings",
        "tasks", "threadstate", "waiting", "workloads",
    },
    "hints": {"assemble", "engine", "findings", "monitors", "plugin", "probes", "recorder", "rules"},
    "reports": {
        "assemble", "drain", "engine", "monitors", "plugin", "probes", "pushes", "recorder",
        "records", "running", "tasks", "workloads",
    },
    "repairs": {
        "assemble", "drain", "engine", "monitors", "plugin", "probes", "pushes", "recorder",
        "records", "rules", "running", "tasks", "workloads",
    },
    "assemble": {"drain", "engine", "monitors", "plugin", "probes", "reports"},
    "drain": {"assemble", "engine", "findings", "monitors", "plugin", "reports", "rules"},
    "engine": {"monitors", "plugin", "reports"},
    "monitors": {"plugin", "probes", "reports"},
}  # fmt: skip


def module_name(file: Path) -> str:
    """Return the dotted name of a module of the package."""
    parts = [NAME, *file.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in FILES}


def imports(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports when it runs, at any depth of it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"relative import in {file}"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


def own_imports(module: str) -> set[str]:
    """Return the modules of this package that a module of it imports."""
    return {name for name in imports(MODULES[module]) if name in MODULES} - {module}


def room(module: str) -> str:
    """Return the folder or the module right under the package."""
    return [*module.split("."), "__init__"][1]


def test_modules_import_in_no_cycle() -> None:
    """No module imports itself by way of others."""
    graphlib.TopologicalSorter({name: own_imports(name) for name in MODULES}).prepare()


def test_rooms_import_in_no_cycle() -> None:
    """Seen as wholes, the folders import one way too."""
    rooms: dict[str, set[str]] = {}
    for name in MODULES:
        rooms.setdefault(room(name), set()).update(map(room, own_imports(name)))
    graphlib.TopologicalSorter({name: met - {name} for name, met in rooms.items()}).prepare()


def neighbours(name: str) -> set[str]:
    """Return the rooms that a room imports from."""
    members = [module for module in MODULES if room(module) == name]
    assert members, f"no room {name}"
    return {room(other) for module in members for other in own_imports(module)} - {name}


@pytest.mark.parametrize("name", BOTTOM)
def test_the_bottom_knows_facts_at_most(name: str) -> None:
    """Facts know nobody, and what stands beside them nobody but them."""
    assert neighbours(name) <= BOTTOM[name]


@pytest.mark.parametrize("name", STRANGERS)
def test_rooms_do_not_know_what_stands_above_them(name: str) -> None:
    """Probes know no rules, rules know no probes, reports no machinery."""
    assert not neighbours(name) & STRANGERS[name]


def test_only_the_plugin_is_imported_by_nobody() -> None:
    """Nothing outside the plugin's folder needs it: the engine works without pytest."""
    assert not [
        module
        for module in MODULES
        if room(module) != "plugin" and "plugin" in set(map(room, own_imports(module)))
    ]


def test_only_the_plugin_layer_imports_pytest() -> None:
    """pytest is imported by the plugin's folder and by the report that takes its error's place."""
    for module, file in MODULES.items():
        tops = {name.partition(".")[0] for name in imports(file)}
        allowed = room(module) == "plugin" or module == f"{NAME}.reports.longrepr"
        assert allowed or not tops & {"pytest", "_pytest", "pluggy", "xdist"}, module


def test_only_the_repairs_import_libcst() -> None:
    """It is an extra: nothing else may need it, and asking whether it is there imports it late."""
    for module, file in MODULES.items():
        tops = {name.partition(".")[0] for name in imports(file)}
        assert room(module) == "repairs" or "libcst" not in tops, module
    facade = ast.parse(MODULES[f"{NAME}.repairs"].read_text(encoding="utf-8"))
    at_once = [node for node in facade.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {str(getattr(node, "module", "")) for node in at_once} == {
        "__future__",
        "collections.abc",
        "pathlib",
        f"{NAME}.findings",
        f"{NAME}.repairs",
        f"{NAME}.repairs.outcome",
    }


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_flask_is_never_imported(file: Path) -> None:
    """Importing Flask is the tested program's affair; it costs 110 ms."""
    assert not {name.partition(".")[0] for name in imports(file)} & {"flask", "werkzeug"}


def test_importing_the_plugin_leaves_flask_out() -> None:
    """Neither the engine nor the plugin brings Flask in by way of somebody else."""
    program = (
        "import sys, pytest_flaskctx.plugin, pytest_flaskctx.probes as probes\n"
        "board = probes.Switchboard()\nboard.install(probes.ALL)\nboard.remove()\n"
        "print([name for name in ('flask', 'werkzeug') if name in sys.modules], board.disabled)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[] {}", done.stderr


@pytest.mark.parametrize("word", ["_cv_", "_LocalProxy__", "url_rule", "LocalProxy"])
def test_inner_names_of_flask_stand_in_one_module(word: str) -> None:
    """A coming Flask touches one room: nobody else speaks its private names."""
    assert [name for name, file in MODULES.items() if _speaks(file, word)] == [f"{NAME}.flasknames"]


def _speaks(file: Path, word: str) -> bool:
    """Whether a name, an attribute or a string that is no docstring contains ``word``."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documents = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
    }  # docstrings, of attributes too
    said = (
        getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "value", None)
        for node in ast.walk(tree)
        if id(node) not in documents
    )
    return any(isinstance(each, str) and word in each for each in said)


@pytest.mark.parametrize("file", FACADES, ids=module_name)
def test_packages_are_facades(file: Path) -> None:
    """An ``__init__`` has a docstring and makes no class; what it offers is sorted."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert not [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = ast.literal_eval(node.value)
            assert names == sorted(names, key=_constants_first)


def _constants_first(name: str) -> tuple[bool, bool, str]:
    return not name.isupper(), not name[0].isupper(), name


def test_private_names_stay_in_their_modules() -> None:
    """What begins with an underscore is used by the module that defines it only."""
    borrowed = [
        f"{module}: {alias.name}"
        for module, file in MODULES.items()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(NAME)
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
        if str(node.module) != f"{NAME}._version"
    ]
    assert not borrowed
