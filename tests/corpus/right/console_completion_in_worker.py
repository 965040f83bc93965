"""A console server's completer looks at `dir` and `__doc__` of proxies from its own thread."""

import threading
from typing import Any

from flask import Flask, current_app, g, request

MUTANT = "repr-counts"


def complete(namespace: dict[str, Any]) -> dict[str, tuple[int, bool, bool]]:
    found = {}
    for name, value in namespace.items():
        documented = bool(value.__doc__)
        wrapped = callable(getattr(value, "__wrapped__", None))
        found[name] = (len(dir(value)), documented, wrapped)
    return found


class Console:
    """Offers the names of a namespace to complete."""

    def __init__(self, **namespace: Any) -> None:
        self.namespace = namespace
        self.offered: dict[str, tuple[int, bool, bool]] = {}

    def serve(self) -> None:
        self.offered = complete(self.namespace)


def test_completion_of_proxies() -> None:
    """Unbound proxies offer no names, but their documentation."""
    console = Console(request=request, g=g, current_app=current_app)
    app = Flask(__name__)

    @app.get("/console")
    def serve():
        thread = threading.Thread(target=console.serve)
        thread.start()
        thread.join()
        return sorted(console.offered)

    assert app.test_client().get("/console").json == ["current_app", "g", "request"]
    assert all(names == 0 for names, _doc, _wrapped in console.offered.values())
