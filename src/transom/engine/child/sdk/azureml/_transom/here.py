"""The run that is going on: what it logs and keeps is written to the job's folder as it comes, from any process.

A line of `metrics.jsonl` is {"kind", "name", "value"}; a line of a child run names it as "child". The kinds are `log`,
`list`, `row`, `table`, `image` and the other tables; `tag`, `untag`, `property`; `status` (how a run was marked,
with "details"); and `child`, which begins a child run, with its "parent" if that is a child too.
"""

import json
import os

from . import asking, folding, paths
from .described import run_fact

#: What lies in these folders of the working directory is kept, and known by these names, as in Azure.
KEPT_FOLDERS = ("outputs", "logs")
_RUNNING = "Running"


class Here:
    """This job's own run, or with `child` a child run of it by its id."""

    is_over = False

    def __init__(self, folder, child=None):
        self.folder = folder
        self.child = child

    def __eq__(self, other):
        return isinstance(other, Here) and (self.folder, self.child) == (other.folder, other.child)

    def __hash__(self):
        return hash((self.folder, self.child))

    @property
    def id(self):
        """The id of the run."""
        return self.child or run_fact("id") or os.path.basename(self.folder)

    @property
    def name(self):
        """What the run is called unless somebody named it: a child run by its maker, a run by its script."""
        if self.child is None:
            return run_fact("script") or self.id
        begun = [line for line in self._all_lines() if line["kind"] == "child" and line.get("child") == self.child]
        return (begun[0]["name"] if begun else None) or self.child

    def fact(self, name):
        """What is known of the run from outside: "created", "script"; None if nobody knows it."""
        return None if self.child is not None else run_fact(name)

    def status(self):
        """Azure's word for how far it is."""
        return self.told().status or _RUNNING

    # What is logged

    def write(self, kind, name, value, **more):
        """Append one line: a single write to a file opened for appending, so that processes do not mix theirs."""
        line = dict(kind=kind, name=str(name), value=value, **more)
        if self.child is not None:
            line["child"] = self.child
        content = (json.dumps(line, default=str) + "\n").encode("utf-8", "backslashreplace")
        descriptor = os.open(self._metrics, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, content)
        finally:
            os.close(descriptor)

    def told(self):
        """What has been logged, as `folding.Folded`."""
        return folding.folded(line for line in self._all_lines() if line.get("child") == self.child)

    @property
    def _metrics(self):
        return os.path.join(self.folder, "metrics.jsonl")

    def _all_lines(self):
        try:
            with open(self._metrics, "rb") as stream:
                read = [_line(each) for each in stream]
        except FileNotFoundError:
            return []
        return [line for line in read if line is not None]

    # Child runs

    def begin_child(self, name, wanted=None):
        """Begin a child run and give it; its id is that of the job's run with a number, or the one that is wanted."""
        places = os.path.join(self.folder, "children")
        os.makedirs(places, exist_ok=True)
        child = Here(self.folder, str(wanted) if wanted else self._free_id(places))
        more = {} if self.child is None else {"parent": self.child}
        child.write("child", name or "", None, **more)
        return child

    def _free_id(self, places):
        """An id that no other process has: whoever makes its folder has it."""
        number = len(os.listdir(places))
        while True:
            number += 1
            try:
                os.mkdir(os.path.join(places, str(number)))
            except FileExistsError:
                continue
            return "%s_%d" % (Here(self.folder).id, number)

    def children(self):
        """Its child runs in the order in which they began."""
        begun = [line for line in self._all_lines() if line["kind"] == "child" and line.get("parent") == self.child]
        return [Here(self.folder, line["child"]) for line in begun]

    def below(self, run_id):
        """The run of that id among those that were begun in this job; None where it is none of them."""
        begun = any(line["kind"] == "child" and line.get("child") == run_id for line in self._all_lines())
        return Here(self.folder, run_id) if begun else None

    def above(self):
        """The run of which it is a child; None for the job's own."""
        if self.child is None:
            return None
        begun = [line for line in self._all_lines() if line["kind"] == "child" and line.get("child") == self.child]
        return Here(self.folder, begun[0].get("parent") if begun else None)

    # What is kept

    @property
    def files(self):
        """The folder of what was uploaded; a child run's files lie in a folder of its id."""
        folder = os.path.join(self.folder, "outputs", "files")
        return folder if self.child is None else os.path.join(folder, *paths.parts_of(self.child))

    def place(self, name):
        """Where a file of that name is kept; its folders are there afterwards. Raises ValueError."""
        return paths.place_below(self.files, name)

    def file_names(self):
        """The names of the files that are kept so far."""
        names = set(paths.files_below(self.files))
        if self.child is None:
            for each in KEPT_FOLDERS:
                names.update("%s/%s" % (each, name) for name in paths.files_below(os.path.join(self._work, each)))
        return sorted(names)

    def file(self, name):
        """The path of a kept file or folder; None where there is none."""
        parts = paths.parts_of(name)
        places = [os.path.join(self.files, *parts)]
        if parts[0] in KEPT_FOLDERS:
            places.append(os.path.join(self._work, *parts))
        return next((place for place in places if os.path.exists(place)), None)

    @property
    def _work(self):
        return os.path.join(self.folder, "work")


def _line(content):
    """A line as it was written; None of one that a kill or a full disk has cut."""
    try:
        line = json.loads(content.decode("utf-8", "replace"))
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("kind"), str) and "name" in line else None


def of_this_process():
    """The run that this process belongs to. Raises `asking.NoJob`."""
    return Here(asking.job_folder())
