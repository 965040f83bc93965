"""Making findings of facts: the one place where sightings, rules, sources and words meet."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from pytest_flaskctx import rules, source
from pytest_flaskctx.facts import Access, Frame, Incident, IncidentKind, Origin, Stack
from pytest_flaskctx.findings import Finding, Handover, Site, Status
from pytest_flaskctx.hints import Bound, Case, hint, own_copy, own_value
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.ownership import Ownership
from pytest_flaskctx.parameters import uses
from pytest_flaskctx.places import FRAMEWORK, acting, handing, users
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.rules import carried, incidents, judging, unbound, unfinished
from pytest_flaskctx.rules.base import Rule, RuleLevel
from pytest_flaskctx.rules.levels import Effective, effective
from pytest_flaskctx.settings import Settings
from pytest_flaskctx.sightings import Noted, Sighting
from pytest_flaskctx.stacks import RawStack
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.trial import Terms

_BOUND: dict[str, Bound] = {
    carried.USE_AFTER_REQUEST.code: "over",
    carried.FOREIGN_CONTEXT.code: "foreign",
    carried.BORROWED_CONTEXT.code: "lent",
}
_HANDED_OVER: tuple[IncidentKind, ...] = ("shared-context", "lent-context")
_GIVEN: tuple[IncidentKind, ...] = ("proxy-handed-over", "escaped-object")
_ASKED = ("user", "library")
LIBRARY_HINT = (
    "Nothing to repair here: the library asks on its own account, and what it got stayed inside it."
)


class Assembler:
    """Turns what was recorded into findings.

    Args:
        settings: the levels, the allowances and the root directory of the run.
        ownership: tells whose code a file is.
        hub: renders stacks.

    Attributes:
        used: keys of the allowances that met a finding.
    """

    def __init__(self, settings: Settings, ownership: Ownership, hub: Hub) -> None:
        self._settings = settings
        self._ownership = ownership
        self._hub = hub
        self._root = settings.root
        self.used: set[str] = set()

    def accesses(self, recorder: Recorder, terms: Terms, phase: str) -> list[Finding]:
        """Return what the accesses of ``recorder`` come to, and what else was noted."""
        with source.reading():
            judged = (self._judged(sighting, terms, phase) for sighting in recorder.sightings)
            found = [finding for finding in judged if finding is not None]
            for noted in sorted(recorder.noted, key=lambda each: incidents.rank(each.incident)):
                finding = self._incident(noted, found, terms, phase)
                if finding is not None:
                    found.append(finding)
        return found

    def unfinished(
        self, tasks: Iterable[tuple[Task, RawStack]], terms: Terms, phase: str
    ) -> list[Finding]:
        """Return a finding for each task that ran on, with the stack that it stood at."""
        level = self._level(unfinished.UNFINISHED_WORK, terms)
        if level is None:
            return []
        with source.reading():
            left = [self._unfinished(task, raw, level, phase) for task, raw in tasks]
        return [self._allowed(finding, terms) for finding in left if finding is not None]

    def settled(self, finding: Finding, case: RuleLevel, terms: Terms) -> Finding | None:
        """Return a finding that was made elsewhere as it counts here; ``None`` where it does not.

        Args:
            finding: the finding.
            case: where it fails, unless the suite moved its rule.
            terms: on which its test is judged.
        """
        rule = rules.find(finding.code)
        level = self._level(rule, terms, case) if rule is not None else None
        if level is None:
            return None
        return self._allowed(replace(finding, level=level), terms)

    def _judged(self, sighting: Sighting, terms: Terms, phase: str) -> Finding | None:
        sighting.settle()
        aftermath = judging.Aftermath(frozenset(sighting.paths), sighting.escaped)
        verdict = judging.judge(sighting.access, aftermath, self._ownership.classify)
        level = self._level(verdict.rule, terms, verdict.level) if verdict else None
        if verdict is None or level is None:
            return None
        finding = self._access(sighting, verdict, aftermath, level, phase)
        self._told(sighting, finding)
        return self._allowed(finding, terms)

    def _told(self, of: Sighting | Noted, finding: Finding) -> None:
        if self._settings.pictures:
            of.told = finding.fingerprint, finding.code

    def _level(self, rule: Rule, terms: Terms, case: RuleLevel | None = None) -> Effective | None:
        settings = self._settings
        return effective(settings.level(rule, case), settings.mode, strict=terms.strict)

    def _access(
        self,
        sighting: Sighting,
        verdict: judging.Judgement,
        aftermath: judging.Aftermath,
        level: Effective,
        phase: str,
    ) -> Finding:
        access = sighting.access
        frame = acting(access.stack) if verdict.library else users(access.stack)
        handed = self._handover(access.origin)
        return Finding(
            code=verdict.rule.code,
            rule=verdict.rule.name,
            level=level,
            status=_status(sighting, verdict),
            tests=_tests(access.test),
            phase=phase,
            proxy=access.proxy,
            site=self._site(frame),
            thread=access.thread,
            process=access.process,
            stack=access.stack,
            handover=handed,
            started=self._handover(access.started),
            request=access.origin.request if access.origin else None,
            context=access.context,
            message=judging.message(verdict.rule, access, aftermath),
            hint=LIBRARY_HINT
            if verdict.library
            else hint(self._case(access, frame, handed, verdict.rule)),
            count=sighting.count,
        )

    def _incident(
        self, noted: Noted, found: Iterable[Finding], terms: Terms, phase: str
    ) -> Finding | None:
        incident = noted.incident
        if any(frame.kind in _ASKED and source.serialised(frame) for frame in incident.within):
            return None
        verdict = incidents.judge(incident, _in_task(incident, found))
        level = self._level(verdict.rule, terms, verdict.level) if verdict else None
        if verdict is None or level is None:
            return None
        site = self._site(_place(incident, library=verdict.library))
        if verdict.expression:
            site = site._replace(expression=verdict.expression)
        finding = Finding(
            code=verdict.rule.code,
            rule=verdict.rule.name,
            level=level,
            status="library" if verdict.library else "new",
            tests=_tests(incident.test),
            phase=phase,
            proxy=incident.proxy,
            site=site,
            thread=incident.thread,
            process=incident.process,
            stack=incident.stack,
            handover=self._handover(incident.origin),
            started=None,
            request=incident.request,
            context=None,
            message=verdict.message,
            hint=verdict.hint if verdict.library else _fix(incident, site, verdict.hint),
            count=noted.count,
        )
        self._told(noted, finding)
        return self._allowed(finding, terms)

    def _unfinished(
        self, task: Task, raw: RawStack, level: Effective, phase: str
    ) -> Finding | None:
        origin = self._hub.origin(task)
        frame = handing(origin.stack)
        if frame is None:
            return None
        stack = self._hub.render(raw)
        rule = unfinished.UNFINISHED_WORK
        return Finding(
            code=rule.code,
            rule=rule.name,
            level=level,
            status="new",
            tests=_tests(task.recorder.subject.name),
            phase=phase,
            proxy="",
            # Work that is all the standard library's is shown where it was handed over.
            site=self._site(users((*stack, frame))),
            thread=task.runner,
            process=os.getpid(),
            stack=stack,
            handover=self._handover(origin),
            started=None,
            request=origin.request,
            context=None,
            message=unfinished.message(
                origin.kind, begun=bool(task.ident), elsewhere=task.elsewhere
            ),
            hint=unfinished.HINT,
        )

    def _site(self, frame: Frame | None) -> Site:
        if frame is None:
            return Site("<unknown>", 0, None, None, "", "")
        return source.site(frame, self._root)

    def _handover(self, origin: Origin | None) -> Handover | None:
        if origin is None:
            return None
        frame = handing(origin.stack)
        site = source.site(frame, self._root) if frame else None
        return Handover(origin, site, self._handover(origin.parent))

    def _case(
        self, access: Access, frame: Frame | None, handed: Handover | None, rule: Rule
    ) -> Case:
        bound = _BOUND.get(rule.code, "")
        if bound and handed is not None and not _came_along(access):
            handed = None
        used = source.use(frame) if frame else source.Use("", "", "", writes=False)
        handing_over = handing(handed.origin.stack) if handed else None
        passed_on = handing_over is None or handing_over.kind in FRAMEWORK
        site = None if handed is None or passed_on else handed.site
        return Case(
            proxy=access.proxy,
            extension=access.extension,
            operation=access.operation,
            expression=used.expression,
            chain=used.chain,
            root=used.root,
            writes=used.writes,
            function=frame.function if frame else "",
            kind=handed.origin.kind if handed else None,
            call=site.expression if site else "",
            handing=site.function if site else "",
            in_request=bool(handed and handed.origin.request),
            inline=bool(handed and handed.origin.inline),
            nested=bool(handed and (handed.nested or (bound and _beside(handed, access)))),
            caught_at_guard=rule is unbound.UNBOUND_GUARD,
            bound=bound,
            inherited=bool(bound and handed and access.started),
            by_library=_is_librarys(handing_over),
            elsewhere=access.process != os.getpid(),
            of_library=_is_librarys(frame),
            through_library=handed is not None and _is_librarys(acting(handed.origin.stack)),
        )

    def _allowed(self, finding: Finding, terms: Terms) -> Finding:
        if finding.status != "new":
            return finding
        for allowance in (*terms.allowances, *self._settings.allow):
            if allowance.match(finding):
                self.used.add(allowance.key)
                return finding.with_status("allowed", allowance.reason)
        return finding.with_status("known", "") if self._known(finding) else finding

    def _known(self, finding: Finding) -> bool:
        settings = self._settings
        if not (settings.known or settings.update_baseline):
            return False
        from pytest_flaskctx import baseline

        if not baseline.counts(finding):
            return False
        return settings.update_baseline or baseline.site(finding) in settings.known


def _is_librarys(frame: Frame | None) -> bool:
    return frame is not None and frame.kind == "library"


def _came_along(access: Access) -> bool:
    """Whether the context may have come with the task, and not by a queue that the task reads."""
    origin, context = access.origin, access.context
    if origin is None or context is None or origin.request is None:
        return False
    return context.same_request or origin.kind != "thread"


def _beside(handed: Handover, access: Access) -> bool:
    """Whether the function that handed over ran beside its request, in a context that it was lent."""
    context, parent = access.context, handed.parent
    if context is None or handed.origin.thread == context.owner:
        return False
    return parent is None or parent.origin.request != handed.origin.request


def _in_task(incident: Incident, found: Iterable[Finding]) -> list[tuple[str, str]]:
    """Return code and proxy of what was found in the task that was handed over at ``incident``."""
    return [(each.code, each.proxy) for each in found if _tells(each, incident.stack)]


def _tells(finding: Finding, handed: Stack) -> bool:
    """Whether ``finding`` is of the hand-over ``handed``, of its task, or of one that this made."""
    known = finding.handover
    while known is not None and known.origin.stack != handed:
        known = known.parent
    return finding.status != "library" and (known is not None or finding.stack == handed)


def _place(incident: Incident, *, library: bool) -> Frame | None:
    """Return where an incident was: where its task was handed over, if that is all that is known."""
    stack, origin = incident.stack, incident.origin
    if incident.kind in _HANDED_OVER or (origin is not None and origin.stack == stack):
        return _handed_over(incident)
    # What a pool calls itself, a method of Flask's, stands in no line of the user's.
    if origin is not None and acting(stack) is None:
        return handing(origin.stack)
    return acting(stack) if library else users(stack)


def _handed_over(incident: Incident) -> Frame | None:
    """Return the user's line that handed over; if none did, as of a loop, the nearest before it."""
    frame, origin = handing(incident.stack), incident.origin
    while frame is not None and frame.kind in FRAMEWORK and origin is not None:
        frame, origin = handing(origin.stack) or frame, origin.parent
    return frame


def _tests(name: str) -> tuple[str, ...]:
    return (name,) if name else ()


def _fix(incident: Incident, site: Site, otherwise: str) -> str:
    """Return what to write instead, from the user's own hand-over where that can be read."""
    frame = handing(incident.stack)
    if frame is None or frame.kind != "user":
        return otherwise
    call, kind = site.expression, incident.origin.kind if incident.origin else None
    if incident.kind == "shared-context":
        return own_copy(incident.words, call, kind) or otherwise
    if incident.kind not in _GIVEN:
        return otherwise
    used = partial(uses, frame.file)
    return own_value(incident.words[::2], call, site.function, kind, used) or otherwise


def _status(sighting: Sighting, verdict: judging.Judgement) -> Status:
    if verdict.library:
        return "library"
    return "expected" if sighting.expected >= sighting.count else "new"
