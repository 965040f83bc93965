"""Looking at users' objects without asking them: nothing of their classes runs, and so none of it fails.

What does not work: ``getattr()`` and ``vars()``, which a class answers as it likes (a mock knows every
name, a configuration raises ``KeyError``), ``isinstance()``, which asks for ``__class__``, and truth.
"""

from __future__ import annotations

import gc
from types import GetSetDescriptorType, MemberDescriptorType, MethodType
from typing import Any


def asked_of(cls: type, name: str) -> Any:
    """Return an attribute of a class; its metaclass, which may be the user's, is not asked."""
    return type.__getattribute__(cls, name)


def attribute_of(thing: object, name: str, default: Any = None) -> Any:
    """Return an attribute of an object, ``default`` where it has none or a property fails.

    Nothing that its class would make up is one.
    """
    try:
        return object.__getattribute__(thing, name)
    except Exception:  # the property may be the user's
        return default


def namespace_of(thing: Any) -> Any:
    """Return the ``__dict__`` of an object, ``None`` where it has none.

    That of a class is the dictionary itself, behind the proxy that is shown of it. A class of the
    user's that has a ``__dict__`` of its own invention is not asked.
    """
    cls = type(thing)
    if issubclass(cls, type):
        return gc.get_referents(asked_of(thing, "__dict__"))[0]
    for base in asked_of(cls, "__mro__"):
        getter = asked_of(base, "__dict__").get("__dict__")
        if type(getter) in (GetSetDescriptorType, MemberDescriptorType):
            return getter.__get__(thing)
    return None


def module_of(function: Any) -> str:
    """Return the name of the module of a function or a method; of another object, of its class."""
    while type(function) is MethodType:
        function = function.__func__
    found = attribute_of(function, "__module__")
    return found if type(found) is str else ""
