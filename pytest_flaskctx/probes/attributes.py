"""What an object keeps: its attributes, read without asking the object, which may be any."""

from __future__ import annotations

from collections.abc import Iterator
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

SMALL = 32
"""Objects of more attributes, and larger containers, are not looked into."""

# A class may be of one that answers for it as it likes.
_classes_of = vars(type)["__mro__"].__get__
_names_in = vars(type)["__dict__"].__get__


def attributes(thing: Any) -> Iterator[tuple[str, object]]:
    """Yield the attributes of ``thing``: of its dictionary, its slots, its named items.

    Only what the interpreter made to read them is called: a class may have others in the place.
    """
    names = [_names_in(each) for each in _classes_of(type(thing))]
    kept = next((each["__dict__"] for each in names if "__dict__" in each), None)
    known = kept.__get__(thing) if type(kept) is GetSetDescriptorType else None
    if type(known) is dict and len(known) <= SMALL:
        # A copy: another thread may change it meanwhile.
        yield from list(known.items())
    for each in names:
        if "__slots__" in each:
            yield from _slots(thing, each)
    fields = next((each["_fields"] for each in names if "_fields" in each), None)
    if type(fields) is tuple and tuple in _classes_of(type(thing)):
        yield from zip(fields, tuple.__iter__(thing), strict=False)


def _slots(thing: Any, members: Any) -> Iterator[tuple[str, object]]:
    for name, member in list(members.items()):
        if type(member) is MemberDescriptorType:
            try:
                yield name, member.__get__(thing)
            except AttributeError:  # nothing was assigned yet
                continue
