"""The protocol between Transom and the process that executes a script.

    PYTHON CHILD_FOLDER JOB_FOLDER CONTROL_DESCRIPTOR GO_DESCRIPTOR [late]

The job folder holds, before the job may begin:

    script/MODULE.py        the script, under a module name of its own
    inputs/PORT.arrow       the connected tables, each an Arrow file of one record batch
    inputs/PORT/            the connected files
    work/                   the working directory, with `Script Bundle/` in it
    packages                a link to the packages that were, or will be, installed for this job
    link                    the socket at which the job's processes ask, see `link`
    handed/                 where they put the files that go with a question

and when the process has left:

    outcome.json            how it ended; written aside and renamed, so it is there whole or not at all
    outputs/PORT.arrow      the results, published in the same way
    outputs/files/          what the script uploaded, and the figures it left open
    metrics.jsonl           what it logged, a JSON object a line
    fault.txt               where it was when it crashed, by faulthandler

What the script prints, and everything it starts, goes to the one pipe that is both standard output and standard error.

The inputs are handed over as open descriptors; where they lie is no matter.

What to do is told with the message that hands the job over: {"module", "entry_point", "shown" (the path that messages
show), "shown_path" (the same, absolute), "bundle_shown", "bundle_folder" (the person's folder of the bundle, absolute,
or null), "bundle_roots" (folders of the bundle for sys.path, relative to it), "inputs": [ports], "windows_spelling"
(true where links for `Script Bundle\\` are needed), "terminal" (a descriptor for the debugger, or null), "debug_port"
(where debugpy is to wait for a debugger, or null)}

outcome.json: {"status": "succeeded"|"failed"|"stopped", "results": {port: {"rows", "columns", "index"}}, "failure",
"facts", "warnings": [text], "seconds": {"start", "read", "script", "write"}}

The process begins as a supervisor that forks the script's process at once. The supervisor outlives it, ends every
process that the script started, and reports on the control socket, a JSON object a line: {"supervisor": its process id}
at once, and at the end {"ended": {"exit_code"} | {"signal"}, "peak_memory": bytes}. It reads from there `stop`
(interrupt the script's processes) and `kill`; the end of that stream means that Transom is gone, and then all of them
are killed. The script's process imports pandas and pyarrow and waits on the go socket for the job, see `receiving`; the
end of that stream means that there is none. With `late` it imports them only then, from the packages of the job if they
are there.

A process that is asked for many jobs is started as `warm` tells; each of its forks is such a pair of processes. One
that only tells what can be enforced here is started as `confine.probe` tells.
"""

import importlib
import importlib.util
import os
import sys

# A name that no import statement can spell: a script cannot import ours, and ours hides no file of a script.
PACKAGE = "transom child"


def load(folder):
    """Load this folder as a package of the private name."""
    sys.path[:] = [place for place in sys.path if place and os.path.realpath(place) != folder]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    load(os.path.dirname(os.path.realpath(__file__)))
    if sys.argv[1] == "--warm":
        importlib.import_module(PACKAGE + ".warm").main(sys.argv[2:])
    if sys.argv[1] == "--probe":
        importlib.import_module(PACKAGE + ".confine.probe").main(sys.argv[2:])
    importlib.import_module(PACKAGE + ".begin").main(sys.argv[1:])
