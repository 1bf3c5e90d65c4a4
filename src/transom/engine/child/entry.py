"""How the script is called: its entry point, what it takes, and the tables made of what it returns."""

import inspect
import linecache
import os

import pandas

from . import accepting, frames, loading, named, telling

#: What the entry point is called unless the job names another function.
ENTRY_POINT = "azureml_main"
IN_PORTS = ("dataset1", "dataset2")
OUT_PORTS = ("result_dataset", "result_dataset2")
#: A function begins so many lines after its first decorator at most.
MOST_DECORATORS = 20


class Stopped(Exception):
    """The job ends here; `told` is what the outcome says of it."""

    def __init__(self, told):
        super().__init__()
        self.told = told


def _stop(kind, message, **more):
    raise Stopped({"failure": dict({"kind": kind, "message": message}, **more)})


def read_inputs(this):
    """What is at each port, in their order: a frame, the path of files, None where it is not connected."""
    ports = this.job.get("ports")
    files = this.job.get("files", {})
    return [files[port] if port in files else _read(this, port) for port in (IN_PORTS if ports is None else ports)]


def _read(this, port):
    if port not in this.job["inputs"]:
        return None
    place = this.inputs.get(port, os.path.join(this.folder, "inputs", port + ".arrow"))
    frame, warnings = frames.read_frame(place, this.roles)
    for warning in warnings:
        this.warn("%s: %s" % (port, warning))
    return frame


def write_rehearsed_inputs(this):
    """Write tiny tables where the inputs are looked for: one as it comes from a step, and one as it comes from a file.

    They are made only once.
    """
    paths = [os.path.join(this.folder, "inputs", port + ".arrow") for port in IN_PORTS]
    if not _REHEARSED:
        frame = pandas.DataFrame({"whole": [1, 2], "decimal": [0.5, None], "text": ["a", None], "true": [True, False]})
        frames.write_frame(
            frame.assign(other=frame["decimal"], time=pandas.to_datetime(["2020-01-01", None])), paths[0]
        )
        frames.write_rehearsed(paths[1])
        for path in paths:
            with open(path, "rb") as stream:
                _REHEARSED.append(stream.read())
        return
    for path, content in zip(paths, _REHEARSED):
        with open(path, "wb") as stream:
            stream.write(content)


def call(this, inputs):
    """Import the script and call its entry point; a frame for each output, or None, as it returned them."""
    with telling.failures(this, Stopped):
        module = loading.load_script(this)
    name = this.job.get("entry_point", ENTRY_POINT)
    entry_point = _entry_point(module, name)
    if this.job.get("ports") is None:
        given, keywords = _arguments(entry_point, name, inputs)
    else:
        given, keywords = [], _keywords(this, entry_point, name, inputs)
    with telling.failures(this, Stopped):
        returned = entry_point(*given, **keywords)
        if inspect.isawaitable(returned):
            returned = _awaited(returned)
        try:  # a sequence or generator of the script is its code too
            return _accepted(this, returned)
        except (accepting.NotATable, named.ResultsWrong) as wrong:
            return _stop("result_invalid", str(wrong), type=wrong.type_name)


def _accepted(this, returned):
    if this.job.get("ports") is None:
        return accepting.accept(returned, this.warn)
    return named.accept(returned, this.job["outputs"])


def _keywords(this, entry_point, name, inputs):
    """What the entry point of a person's own component is given by name."""
    try:
        return named.arguments(entry_point, name, dict(zip(this.job["ports"], inputs)), this.job["parameters"])
    except named.SignatureWrong as wrong:
        return _stop("entry_point_signature", str(wrong), **_place_of(this, entry_point, name))


def _place_of(this, entry_point, name):
    """Where a function is defined, if that is in the person's own code."""
    code = getattr(inspect.unwrap(entry_point), "__code__", None)
    shown = None if code is None else telling.shown_path(code.co_filename, this)
    if shown is None:
        return {}
    lines = range(code.co_firstlineno, code.co_firstlineno + MOST_DECORATORS)
    texts = [(line, linecache.getline(shown, line).strip()) for line in lines]
    begins = [pair for pair in texts if pair[1].startswith(("def ", "async def "))]
    line, text = (begins or texts)[0]
    place = {"file": shown, "line": line, "function": name}
    return dict(place, frames=[dict(place, code=text)])


def _awaited(awaitable):
    async def wait():
        return await awaitable

    import asyncio  # few scripts need it, and it takes 20 ms

    if hasattr(asyncio, "run"):
        return asyncio.run(wait())
    loop = asyncio.new_event_loop()  # Python 3.6
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(wait())
    finally:
        for task in asyncio.Task.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


def _entry_point(module, name):
    if not hasattr(module, name):
        _stop("entry_point_missing", "The script defines no %s." % name)
    found = getattr(module, name)
    if not callable(found):
        _stop(
            "entry_point_missing",
            "%s is of type %s, which cannot be called; it must be a function." % (ENTRY_POINT, type(found).__name__),
            type=type(found).__name__,
        )
    return found


def _arguments(entry_point, name, inputs):
    """The frames by position and by name, as many as the signature takes."""
    try:
        parameters = list(inspect.signature(entry_point).parameters.values())
    except (ValueError, TypeError):  # some built-in callables tell nothing of themselves
        return list(inputs), {}
    by_position = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    by_name = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
    required = [each.name for each in by_position + by_name if each.default is each.empty]
    if len(required) > len(inputs):
        _stop(
            "entry_point_signature",
            "%s requires %d parameters (%s), but a script is given two tables at most."
            % (name, len(required), ", ".join(required)),
        )
    left = list(zip(IN_PORTS, inputs))
    given = [_value(each, left.pop(0)[1]) for each in by_position[: len(inputs)]]
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        given.extend(frame for _, frame in left)
        left = []
    return given, _by_name(by_name, left)


def _by_name(by_name, left):
    """The keyword-only parameters: those named after a port get its frame, the others what is left, in order."""
    spelled = {"dataframe1": "dataset1", "dataframe2": "dataset2", "dataset1": "dataset1", "dataset2": "dataset2"}
    named = {}
    for each in by_name:
        port = spelled.get(each.name)
        found = [pair for pair in left if pair[0] == port] or (left[:1] if port is None else [])
        if found:
            left = [pair for pair in left if pair is not found[0]]
            named[each.name] = _value(each, found[0][1])
        elif each.default is each.empty:
            named[each.name] = None
    return named


def _value(parameter, frame):
    """The frame, or the parameter's own default where no table is connected."""
    return parameter.default if frame is None and parameter.default is not parameter.empty else frame


def aside(this, port):
    """Where a result lies until it is published."""
    return os.path.join(this.outputs, port + ".arrow.part")


def write_results(this, results):
    """Write all results, empty ones too; their shapes by port."""
    shapes = {}
    for port, frame in zip(this.job.get("outputs", OUT_PORTS), results):
        if frame is None:
            shapes[port] = _write_empty(aside(this, port))
            continue
        try:
            shapes[port], warnings = frames.write_frame(frame, aside(this, port), aside=False, roles=this.roles)
        except (frames.Unstorable, frames.ColumnsNested) as wrong:
            _stop("result_invalid", "%s: %s" % (port, wrong), type=getattr(wrong, "type_name", None))
        for warning in warnings:
            this.warn("%s: %s" % (port, warning))
    return shapes


def _write_empty(path):
    """Write the table of a port that the script left out; its shape. It is always the same, so it is made once."""
    if not _EMPTY:
        shape, _ = frames.write_frame(accepting.EMPTY(), path, aside=False)
        with open(path, "rb") as stream:
            _EMPTY.update(shape=shape, content=stream.read())
        return shape
    with open(path, "wb") as stream:
        stream.write(_EMPTY["content"])
    return _EMPTY["shape"]


_EMPTY = {}
_REHEARSED = []
