"""Any finding that the types allow, for properties."""

from __future__ import annotations

from typing import Any, get_args

from builders import ROOT
from hypothesis import strategies as st

from pytest_flaskctx.facts import ContextFact, FileKind, Frame, Origin, OriginKind, RequestFact
from pytest_flaskctx.findings import Finding, Handover, Level, Site, Status

words = st.text(max_size=8)
numbers = st.integers(0, 10**6)
columns = st.none() | st.integers(0, 200)
names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=8)
relative_files = st.lists(names.filter(lambda name: name not in {".", ".."}), min_size=1).map(
    "/".join
)
files = (
    relative_files.map(lambda name: f"{ROOT}/{name}")
    | relative_files.map(lambda name: f"/elsewhere/{name}")
    | st.sampled_from(["<string>", "<frozen runpy>"])
)
requests = st.builds(RequestFact, words, words, st.none() | words)
contexts = st.builds(ContextFact, st.none() | requests, words, *(st.booleans() for _ in range(4)))
frames = st.builds(
    Frame,
    file=files,
    line=numbers,
    function=words,
    end_line=columns,
    column=columns,
    end_column=columns,
    field=columns,
    first_line=numbers,
    kind=st.sampled_from(get_args(FileKind)),
)
stacks = st.lists(frames, max_size=3).map(tuple)
sites = st.builds(Site, relative_files, numbers, columns, columns, words, words)
origins = st.builds(
    Origin,
    kind=st.sampled_from(get_args(OriginKind)),
    stack=stacks,
    thread=words,
    request=st.none() | requests,
    test=words,
    inline=st.booleans(),
)


def _handed(origin: Origin, site: Site | None, parent: Handover | None) -> Handover:
    return Handover(origin._replace(parent=parent.origin if parent else None), site, parent)


def _handovers(parents: st.SearchStrategy[Any]) -> st.SearchStrategy[Handover]:
    return st.builds(_handed, origins, st.none() | sites, parents)


handovers = st.recursive(_handovers(st.none()), _handovers, max_leaves=3)

findings = st.builds(
    Finding,
    code=st.sampled_from(["FCX101", "FCX102", "FCX901"]),
    rule=words,
    level=st.sampled_from(get_args(Level)),
    status=st.sampled_from(get_args(Status)),
    tests=st.lists(words, max_size=3).map(tuple),
    phase=st.sampled_from(["setup", "call", "teardown", "late"]),
    proxy=words,
    site=sites,
    thread=words,
    process=numbers,
    stack=stacks,
    handover=st.none() | handovers,
    started=st.none() | handovers,
    request=st.none() | requests,
    context=st.none() | contexts,
    message=words,
    hint=words,
    count=st.integers(1, 1000),
    reason=words,
)
