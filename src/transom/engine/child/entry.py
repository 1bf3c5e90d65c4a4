"""How the script is called: its entry point, as many frames as it takes, and the tables made of what it returns."""

import asyncio
import inspect
import os

import pandas

from . import accepting, frames, loading, telling

#: What the entry point is called unless the job names another function.
ENTRY_POINT = "azureml_main"
IN_PORTS = ("dataset1", "dataset2")
OUT_PORTS = ("result_dataset", "result_dataset2")


class Stopped(Exception):
    """The job ends here; `told` is what the outcome says of it."""

    def __init__(self, told):
        super().__init__()
        self.told = told


def _stop(kind, message, **more):
    raise Stopped({"failure": dict({"kind": kind, "message": message}, **more)})


def read_inputs(this):
    """The frame of each port, None where it is not connected."""
    inputs = []
    for port in IN_PORTS:
        frame = None
        if port in this.job["inputs"]:
            place = this.inputs.get(port, os.path.join(this.folder, "inputs", port + ".arrow"))
            frame, warnings = frames.read_frame(place)
            for warning in warnings:
                this.warn("%s: %s" % (port, warning))
        inputs.append(frame)
    return inputs


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
    """Import the script and call its entry point; up to two frames or Nones, as it returned them."""
    with telling.failures(this, Stopped):
        module = loading.load_script(this)
    name = this.job.get("entry_point", ENTRY_POINT)
    entry_point = _entry_point(module, name)
    given, named = _arguments(entry_point, name, inputs)
    with telling.failures(this, Stopped):
        returned = entry_point(*given, **named)
        if inspect.isawaitable(returned):
            returned = _awaited(returned)
        try:  # a sequence or generator of the script is its code too
            return accepting.accept(returned, this.warn)
        except accepting.NotATable as wrong:
            return _stop("result_invalid", str(wrong), type=wrong.type_name)


def _awaited(awaitable):
    async def wait():
        return await awaitable

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
    return given, _named(by_name, left)


def _named(by_name, left):
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
    """Write both results, empty ones too; their shapes by port."""
    shapes = {}
    for port, frame in zip(OUT_PORTS, results):
        if frame is None:
            shapes[port] = _write_empty(aside(this, port))
            continue
        try:
            shapes[port], warnings = frames.write_frame(frame, aside(this, port), aside=False)
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
