"""The apps that isolation is measured on, and what a test of one needs that knows nothing of ours.

A measured process gets its app and its trials by the environment, so that a pytest suite and a
program read them alike.
"""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal

from pytest_flaskctx.isolation.texts import plain

CORPUS = Path(__file__).parent.parent / "tests" / "corpus" / "isolation"
MOST_SECONDS = 10.0  # of one exploration, ours and others': the default of ours

_APP, _SEEDS, _RECORD = "ISOLATION_APP", "ISOLATION_SEEDS", "ISOLATION_RECORD"


@dataclass(frozen=True, slots=True)
class App:
    """One app of the corpus.

    Attributes:
        path: its file.
        bleeds: whether it does.
        database: whether it needs one.
        by_order: whether no token shows its fault, only a comparison with serial orders.
    """

    path: Path
    bleeds: bool
    database: bool
    by_order: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What one test of one app came to.

    Attributes:
        outcome: ``none`` where the tool could not tell.
        first: seconds to the first failure; ``None`` where there was none.
        total: seconds that the whole test took.
        schedules: how many it ran, to the first failure or in all.
        told: why it could not tell, or what it said.
        points: how many switch points a visit has; ours only.
        tier: which tier found it; ours only.
    """

    outcome: Literal["bled", "clean", "none"]
    first: float | None = None
    total: float = 0.0
    schedules: int = 0
    told: str = ""
    points: int = 0
    tier: str = ""


def corpus() -> list[App]:
    """Return all apps, bleeding ones first."""
    files = [*sorted((CORPUS / "bleeding").glob("*.py")), *sorted((CORPUS / "right").glob("*.py"))]
    return [_app(path, bleeds=path.parent.name == "bleeding") for path in files]


def mutants(folder: Path) -> list[App]:
    """Write the right apps' mutants into ``folder`` and return them."""
    return [_mutant(app.path, folder) for app in corpus() if not app.bleeds]


def _mutant(right: Path, folder: Path) -> App:
    text = right.read_text(encoding="utf-8")
    changes = load(right).MUTANT
    said = next(
        ast.get_source_segment(text, each) or ""
        for each in ast.parse(text).body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "MUTANT"
    )
    # What is to be changed stands there as well.
    text = text.replace(said, "MUTANT = ()")
    for old, new in (changes,) if isinstance(changes[0], str) else changes:
        text = text.replace(old, new)
    path = folder / right.name
    path.write_text(text, encoding="utf-8")
    return _app(path, bleeds=True)


def _app(path: Path, *, bleeds: bool) -> App:
    text = path.read_text(encoding="utf-8")
    database = re.search("sqlalchemy|sqlite", text, re.IGNORECASE) is not None
    return App(path, bleeds, database, '"oracle": "serial"' in text)


# -- in the measured process -------------------------------------------------------------------


def environment(app: Path, seeds: Iterable[int], record: Path) -> Mapping[str, str]:
    """Return what a measured process has to know."""
    known = {_APP: str(app), _SEEDS: json.dumps(list(seeds)), _RECORD: str(record)}
    return os.environ | known | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(Path(__file__).parent)}


def measured() -> tuple[Path, list[int]]:
    """Return the app that this process measures, and the seeds of its trials."""
    return Path(os.environ[_APP]), json.loads(os.environ[_SEEDS])


def record(trial: Trial) -> None:
    """Hand a trial over; whatever happens to this process afterwards, it counts."""
    with open(os.environ[_RECORD], "a", encoding="utf-8") as file:
        print(json.dumps(asdict(trial)), file=file)


def recorded(file: Path) -> list[Trial]:
    """Return the trials that a process handed over."""
    if not file.exists():
        return []
    return [Trial(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def load(path: Path) -> ModuleType:
    """Return the app's module, made anew: each trial has a state of its own."""
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[path.stem] = module
    exec(_compiled(path), module.__dict__)
    return module


@cache
def _compiled(path: Path) -> CodeType:
    return compile(path.read_text(encoding="utf-8"), str(path), "exec")


class Audience:
    """All that a test has at hand: an app made anew, visits, tokens, and what each visit got.

    Args:
        size: how many participants there are.
    """

    def __init__(self, size: int) -> None:
        module = load(measured()[0])
        self.app = module.create_app() if hasattr(module, "create_app") else module.app
        self.visits = getattr(module, "VISITS", None) or (module.visit,)
        self.shared = getattr(module, "OPTIONS", {}).get("shared", "")
        self.tokens = [secrets.token_hex(8) for _ in range(size)]
        self.got: list[Any] = [None] * size

    def pay(self, number: int) -> None:
        """Pay the visit of participant ``number``, and read to the end what comes back."""
        visit = self.visits[number % len(self.visits)]
        got = visit(self.app.test_client(), self.tokens[number])
        for each in got if isinstance(got, tuple) else (got,):
            if hasattr(each, "get_data"):
                each.get_data()
        self.got[number] = got

    def isolated(self) -> bool:
        """Whether no participant got another's token, or an error."""
        return all(self.is_well(number) for number in range(len(self.got)))

    def is_well(self, number: int) -> bool:
        """Whether participant ``number`` got no other's token, and no error."""
        got = self.got[number]
        parts = got if isinstance(got, tuple) else (got,)
        if any(getattr(part, "status_code", 0) >= 500 for part in parts):
            return False
        text = "\n".join(_text(part, self.shared) for part in parts)
        own = self.tokens[number]
        return not any(token in text for token in self.tokens if token != own)


def participants() -> int:
    """Return how many participants the app asks for."""
    return int(getattr(load(measured()[0]), "OPTIONS", {}).get("copies", 2))


def warm() -> None:
    """Pay one visit that is not measured: whatever is imported by the first is there then."""
    Audience(1).pay(0)


def stopwatch() -> Iterator[float]:
    """Yield the seconds since the first step."""
    begin = time.perf_counter()
    while True:
        yield time.perf_counter() - begin


def _text(part: Any, shared: str) -> str:
    """Return all that one part of what a visit returned says."""
    if not hasattr(part, "get_data"):
        return str(part)
    body = part.get_json(silent=True) if shared else None
    if isinstance(body, dict):
        # What all may see of each other is under one key of the body, in all apps that have any.
        body.pop(shared.removeprefix("$."), None)
        return f"{part.headers}{json.dumps(body)}"
    body = plain(part.get_data(), part.headers.get("Content-Encoding", ""))
    return f"{part.headers}{body.decode(errors='replace')}"
