"""A run that is not this one: it is read by the link, and nothing of it can be changed."""

from . import asking, folding, lazily

#: Azure's words for how a run is or ended.
_STATUS = {"running": "Running", "succeeded": "Completed", "failed": "Failed", "stopped": "Canceled"}


class Earlier:
    """A run by what Transom tells of it: its document."""

    is_over = True
    child = None

    def __init__(self, document):
        self._document = document

    def __eq__(self, other):
        return isinstance(other, Earlier) and self.id == other.id

    def __hash__(self):
        return hash(self.id)

    @property
    def id(self):
        """The id of the run."""
        return self._document["id"]

    @property
    def name(self):
        """The name of its script, or its id."""
        return self._document.get("script") or self.id

    @property
    def experiment(self):
        """The name of its experiment."""
        return self._document.get("experiment")

    def fact(self, name):
        """What is known of it: "created", "ended", "script"."""
        return self._document.get(name)

    def status(self):
        """Azure's word for how far it is; asked again as long as it is running."""
        if self._document.get("status") == "running":
            self._document = asking.ask("run/get", id=self.id)
        return _STATUS.get(self._document.get("status"), "Failed")

    def told(self):
        """What it has logged, as `folding.Folded`."""
        told = folding.Folded()
        told.metrics.update(self._document.get("metrics") or {})
        told.tags.update(self._document.get("tags") or {})
        return told

    def write(self, kind, name, value, **more):
        """Nothing is written to a run that is not this one. Raises UserErrorException."""
        raise self._not_this_one()

    def begin_child(self, name, wanted=None):
        """It gets no child runs. Raises UserErrorException."""
        raise self._not_this_one()

    def place(self, name):
        """It keeps no more files. Raises UserErrorException."""
        raise self._not_this_one()

    def _not_this_one(self):
        return asking.told_as(
            "UserErrorException",
            "Run %s is not the run of this script and can only be read: log, tag and upload with Run.get_context()."
            % self.id,
        )

    def children(self):
        """None are told of."""
        return []

    def above(self):
        """None is told of: None."""

    def file_names(self):
        """The names of the files that it kept."""
        return sorted(self._document.get("files") or [])

    def file(self, name):
        """The path of a file that it kept; None where it kept none of that name."""
        if name not in self.file_names():
            return None
        return asking.ask("run/file", id=self.id, name=name)["file"]["path"]


def by_id(run_id):
    """The run of that id. Raises UserErrorException."""
    return Earlier(asking.ask("run/get", id=str(run_id)))


def of_experiment(name):
    """All runs of an experiment, the newest first."""
    return [Earlier(document) for document in asking.ask("run/list", experiment=name)["runs"]]


def no_file(run, name):
    """The error for a file that a run has not kept."""
    return asking.told_as(
        "UserErrorException", "Run %s: %s" % (run.id, lazily.not_among("file", name, run.file_names()))
    )
