"""Why nothing is proposed: every sentence in one place, each without its full stop.

A sentence goes on where "No patch:" leaves off.
"""

from __future__ import annotations

RULES = {
    "FCX102": "a guard decides a branch there, and only its author knows which of them is wanted",
    "FCX103": "a proxy itself is handed over, and what the task wants of it is not written there",
    "FCX203": "a context is shared, and each task needs one of its own or none at all",
    "FCX204": "a context goes along with the task, which may need more of it than can be read",
    "FCX205": "a lost change of the session cannot be passed as a value",
    "FCX206": "a real object is handed over, and what the task wants of it is not written there",
    "FCX208": "a queue runs this task in a worker as well, and its messages stand beyond the source",
    "FCX301": "a context that a test leaves behind is popped by that test, not passed as a value",
    "FCX302": "a context that a worker leaves behind is popped there, not passed as a value",
    "FCX303": "a context that the suite holds is none of a task's",
    "FCX304": "what keeps a request alive is no value that a task reads",
    "FCX401": "two requests share state, which no value that is passed can mend",
    "FCX901": "a task that does not end reads no value that could be passed",
}
OTHER_RULE = "this rule's leaks are not repaired by passing a value"

NO_LIBCST = "libcst is not installed: pip install 'pytest-flaskctx[fix]'"
INTERNAL = "the repair failed itself ({}), which is a bug of pytest-flaskctx"
LIBRARY = "a library reads it on its own account"

# Of the two places.
NO_HANDOVER = "no hand-over is known"
NO_SITE = "no line of the project hands the task over"
NESTED = "a task hands this one over, where no request is bound"
OTHER_THREAD = "it was handed over by a thread that does not serve the request"
NO_REQUEST = "it was handed over outside any request, where there is nothing to read"
EAGER = RULES["FCX208"]
OUTSIDE = "`{}` does not lie under the root directory"
INSTALLED = "`{}` belongs to an installed package"
LINKED = "`{}` is reached by a symbolic link"
UNREADABLE = "`{}` cannot be read"
TOO_LARGE = "`{}` is larger than what is looked through"
NOT_UTF8 = "`{}` is not plain UTF-8"
NOT_PARSED = "`{}` cannot be parsed"
NOT_PYTHON = "`{}` is no Python file"
NO_COLUMNS = "Python was told to keep no columns"
CHANGED = "`{}` has changed since the run, `{}` does not stand there"
NOT_BENEATH = "`{}` does not lie under `{}`"

# Of the task function.
MODULE_LEVEL_USE = "`{}` is used outside any function"
SAME_FUNCTION = "`{}` is used by the function that hands over itself, in what is run later"
DEEPER = "the use stands deeper in the task, in `{}`, which `{}` does not name"
DECORATED = "`{}` is decorated with `{}`, and what that does with an argument is not known"
ASYNC_TASK = "`{}` is a coroutine function"
GENERATOR_TASK = "`{}` is a generator"
KEYWORDS_SPLAT = "`{}` takes any keyword, and `**` may bring the name of the value along"
INHERITS = "`{}` is a method of a class that inherits from `{}`, which may call it as well"
ELSEWHERE = "`{}` is used at {} as well, where no value would be passed"
LOOKED_UP = "`{}` may be looked up by its name, as by `{}`"
PROTOCOL = "`{}` is a name by which methods are called on objects of any class"
REDEFINED = "`{}` is made more than once in `{}`"
INTROSPECTED = "`{}` calls `{}`, which sees every local name"

CARRIED = "a context goes along with the task, which may need it for `{}`"
CARRIED_UNSEEN = "a context goes along with the task, and what lets it is not to be seen there"

# Of the use.
UNKNOWN_PROXY = "`{}` is not known to be a proxy that can be read from source"
BARE = "`{}` is used as a whole, and what is wanted of it is not written there"
WRITES = "`{}` is changed by the task, which only the request itself can do"
UNKNOWN_CALL = "`{}` may have side effects"
UNKNOWN_PART = "`{}` is not among what is known to be safe to read"
DEPENDS = "`{}` depends on `{}`, which only the task may know"
CLOSED = "`{}` is closed when the request is over"
MAY_RAISE = "`{}` may raise and stands {}, so that the request might fail where the task does not"
FUNCTION = "`{}` needs a context in the task as well"
HELPER = "`{}` calls `{}`, which uses `{}` as well"
PRINTED = "the text of `{}` is printed by `=` in an f-string"
PICKLED = "`{}` may not be picklable, and the task runs in another process"
ALIAS_CHANGED = "`{}` is changed or called by the task as `{}`"
PASSED_ON = "`{}` is passed on to `{}`, and may be torn down with the request"
LIVE = "`{}` may be torn down with the request, and `{}` may use it longer"
GIVEN_AWAY = "`{}` is the request's own object, which `{}` may change"
OWN_CONTEXT = "the task may get a context of its own by `{}`, and what it reads may be of that"
UNKNOWN_MANAGER = "`{}` stands under `with {}`, of which it is not known what it does"
CONDITION = "under a condition"
IN_TRY = "in a `try`"
IN_LOOP = "in a loop"
SUPPRESSED = "where exceptions are suppressed"
SHORTENED = "in what may be skipped by a short-circuit"
SKIPPED = "after something that may end the task before"
DEFERRED = "in what is run later"

# Of the hand-over.
NOT_A_CALL = "`{}` is no call of which it is known how it names the function that it hands over"
UNKNOWN_CLASS = "`{}` is a class of its own, which would have to keep the value"
STARTED_ELSEWHERE = "where `{}` was made is not to be seen beside its start"
BETWEEN = "what stands between the making and the start of `{}` may change what is read"
ARGUMENTS = "the arguments of `{}` are not written out"
MODULE_LEVEL_HANDOVER = "`{}` stands outside any function"
WITHIN_LAMBDA = "`{}` stands in a lambda or a generator, which runs at another time"
GENERATOR = "`{}` is a generator, which may go on when the request is over"
HEAD = "`{}` stands in the head of a compound statement, which may run at another time"
CLASS_BODY = "`{}` stands in the body of a class, of which a new name would be an attribute"
SEVERAL = "`{}` shares its line with other statements"
STATEMENT_CHANGES = "the statement of the hand-over changes `{}` itself"
STATEMENT_CALLS = "the statement of the hand-over calls `{}` too, which uses `{}`"
BODY_READ = "`{}` reads the body, which `{}` may read by another way"
STATEMENT_UNKNOWN = "the statement of the hand-over calls `{}` too, which may change `{}`"
SWALLOWED = "`{}` may raise, and the hand-over stands under `with {}`, which might swallow that"
CLEANS_UP = "`{}` may raise, and the hand-over stands where an error is dealt with already"
CAUGHT_BY_CALLER = "`{}` may raise, and `{}` is called in a `try` that might catch it"
CHANGED_LATER = "`{}` is handed over as it is, and may be changed by `{}`"
SKIPPED_HANDOVER = "`{}` may raise, and the hand-over may be skipped"
CAUGHT = "`{}` may raise, and the hand-over stands in a `try` that might catch it"
CLOSURE_IN_LOOP = "`{}` is read in a loop, and the lambda would see the value of a later turn"
NO_PROXY_THERE = "`{}` cannot be named in `{}`"
PERHAPS_UNBOUND = "`{}` is imported by `{}` where that may not have run before the hand-over"
STAR = "`{}` imports `*`, which may bind `{}` to something else"
NO_PARTIAL = "`partial` means something else in `{}`"
UNBOUND = "the result would use `{}`, which would mean nothing there"
NOT_COMPILED = "the result would not compile"
