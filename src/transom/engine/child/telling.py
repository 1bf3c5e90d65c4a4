"""What is told of an exception: the person's own frames, its causes, and the facts from which a remedy is found."""

import contextlib
import linecache
import os
import sys
import traceback

from . import refusals

#: Of a very deep traceback (a recursion) so many frames are told from each end.
FRAMES_AT_EACH_END = 20
#: So many columns of a frame are told, and so many causes.
MOST_COLUMNS = 500
MOST_CAUSES = 5
LONGEST_MESSAGE = 20000


@contextlib.contextmanager
def failures(this, stopped):
    """Turn what the script raises into `stopped`, which carries what is told of it."""
    try:
        yield
    except (KeyboardInterrupt, MemoryError, stopped):
        raise
    except SystemExit as leaving:
        raise stopped(_of_exit(leaving, this)) from None
    except SyntaxError as wrong:
        raise stopped(_of_syntax(wrong, this)) from None
    except BaseException as wrong:
        if this.post_mortem is not None:
            this.post_mortem(wrong, _theirs(wrong.__traceback__, this))
        left = this.post_mortem is not None and type(wrong).__name__ == "BdbQuit"
        kind = "cancelled" if left else "script_error"
        raise stopped(tell(wrong, this, kind=kind)) from None


def _theirs(trace, this):
    """The traceback from the person's own first frame on."""
    while trace is not None and shown_path(trace.tb_frame.f_code.co_filename, this) is None:
        trace = trace.tb_next
    return trace


def tell(wrong, this, kind="script_error"):
    """The failure of an exception that the script raised, and the facts around it."""
    frames, variables = _frames(wrong.__traceback__, this)
    failure = {
        "kind": kind,
        "type": type(wrong).__name__,
        "message": "The script was left from the debugger." if kind == "cancelled" else _message(wrong, this),
        "frames": frames,
        "causes": _causes(wrong, this),
    }
    _place(failure, frames)
    refused = refusals.behind(wrong, failure.get("file"), failure.get("line"))
    return {"failure": failure, "facts": dict(_facts(wrong), **dict(variables, **refused))}


def _place(failure, frames):
    if frames:
        failure.update(file=frames[-1]["file"], line=frames[-1]["line"], function=frames[-1]["function"])


def message_of(wrong):
    """The text of an exception, also of one that cannot be turned into text."""
    try:
        return str(wrong)[:LONGEST_MESSAGE]
    except Exception as also_wrong:  # a broken __str__ of the script
        return "(its text cannot be made: %s)" % type(also_wrong).__name__


def _message(wrong, this):
    """The text of an exception, without the path of the script's copy: processes that it spawned know only that."""
    copy = os.path.join(this.folder, "script", this.job["module"] + ".py")
    return message_of(wrong).replace(copy, this.job["shown"])


def _of_exit(leaving, this):
    code = leaving.code
    told = tell(leaving, this, kind="script_exited")
    failure = told["failure"]
    failure["exit_code"] = code if isinstance(code, int) else (0 if code is None else 1)
    shown = "" if code is None else " with %r" % (code,)
    failure["message"] = "The script left%s before azureml_main returned." % shown
    return told


def _of_syntax(wrong, this):
    """A script that cannot be compiled has no frame of its own: its place is in the error."""
    told = tell(wrong, this)
    failure = told["failure"]
    shown = shown_path(wrong.filename or "", this)
    if shown is None:
        return told
    failure["message"] = wrong.msg
    failure.update(file=shown, line=wrong.lineno, function="<module>")
    if shown == this.job["shown"]:
        failure["kind"] = "script_syntax"
    line = (wrong.text or linecache.getline(wrong.filename or "", wrong.lineno or 0)).strip()
    failure["frames"].append({"file": shown, "line": wrong.lineno, "function": "<module>", "code": line})
    told["facts"]["column"] = wrong.offset
    return told


def _frames(trace, this):
    """The frames of script and bundle, outermost first, and what their variables tell."""
    found = []
    for frame, line in traceback.walk_tb(trace):
        shown = shown_path(frame.f_code.co_filename, this)
        if shown is not None:
            found.append((frame, line, shown))
    if len(found) > 2 * FRAMES_AT_EACH_END:
        found = found[:FRAMES_AT_EACH_END] + found[-FRAMES_AT_EACH_END:]
    told = [
        {
            "file": shown,
            "line": line,
            "function": frame.f_code.co_name,
            "code": linecache.getline(frame.f_code.co_filename, line).strip(),
        }
        for frame, line, shown in found
    ]
    return told, _variables([frame for frame, _, _ in found])


def shown_path(filename, this):
    """The path that a person knows for a file of script or bundle; None for any other file."""
    if filename in (this.job["shown"], this.job["shown_path"]):
        return this.job["shown"]
    if not os.path.isabs(filename):  # compiled code names its own source so, as Cython's does
        return None
    path = os.path.realpath(filename)
    if path == os.path.join(this.folder, "script", this.job["module"] + ".py"):
        return this.job["shown"]
    bundle = os.path.join(this.work, "Script Bundle") + os.sep
    if path.startswith(bundle):
        return os.path.join(this.job.get("bundle_shown") or "Script Bundle", path[len(bundle) :])
    if path.startswith(this.work + os.sep):
        return path[len(this.work) + 1 :]
    return None


def _variables(frames):
    """Columns of the frames in sight, and the names that there are, of the innermost calls."""
    pandas = sys.modules.get("pandas")
    columns, names, unconnected = {}, set(), set()
    for frame in frames[-3:]:
        for scope in (frame.f_globals, frame.f_locals):
            names.update(name for name in scope if isinstance(name, str) and not name.startswith("__"))
            for name, value in list(scope.items()):
                if pandas is not None and isinstance(value, pandas.DataFrame):
                    columns[name] = [str(label) for label in value.columns[:MOST_COLUMNS]]
        unconnected.update(name for name, value in frame.f_locals.items() if value is None)
    return {"columns": columns, "names": sorted(names), "none_variables": sorted(unconnected)}


def _facts(wrong):
    facts = {"working_directory_files": _left_here()}
    if isinstance(wrong, ImportError):
        facts["module"] = wrong.name
    if isinstance(wrong, OSError):
        facts.update({fact: _plain(getattr(wrong, fact, None)) for fact in ("filename", "filename2", "errno")})
        facts["raised_in"] = _raised_in(wrong)
    if isinstance(wrong, KeyError) and wrong.args:
        facts["key"] = str(wrong.args[0])[:1000]
    return facts


def _raised_in(wrong):
    """File and function of the innermost call, a library's most often: no path, only what tells what it did."""
    code = None
    for frame, _ in traceback.walk_tb(wrong.__traceback__):
        code = frame.f_code
    return None if code is None else "%s:%s" % (os.path.basename(code.co_filename), code.co_name)


def _plain(value):
    """A file name or number of an OSError as JSON has it."""
    if isinstance(value, (int, type(None))):
        return value
    return os.fsdecode(value) if isinstance(value, (str, bytes)) else str(value)


def _left_here():
    try:
        return sorted(os.listdir("."))[:200]
    except OSError:
        return []


def _causes(wrong, this):
    """What led to the exception, the nearest first: its causes, and what was being handled unless suppressed."""
    found, seen = [], {id(wrong)}
    for each in getattr(wrong, "exceptions", ())[:MOST_CAUSES]:  # the members of an ExceptionGroup
        if isinstance(each, BaseException):
            frames = _frames(each.__traceback__, this)[0]
            found.append({"type": type(each).__name__, "message": _message(each, this), "frames": frames})
    while len(found) < MOST_CAUSES:
        wrong = wrong.__cause__ or (None if wrong.__suppress_context__ else wrong.__context__)
        if wrong is None or id(wrong) in seen:
            break
        seen.add(id(wrong))
        cause = {"type": type(wrong).__name__, "message": _message(wrong, this)}
        frames = _frames(wrong.__traceback__, this)[0]
        if frames or not found or any(found[-1][key] != cause[key] for key in cause):
            found.append(dict(cause, frames=frames))  # libraries raise the same error again, level by level
    return found
