"""The experiment of a run, which is a name: `Experiment`, as scripts know it."""

from azureml._transom import absent, asking, behind, described, saying


class Experiment(absent.Telling):
    """Runs under one name."""

    def __init__(
        self,
        workspace,
        name,
        _skip_name_validation=False,
        _id=None,
        _archived_time=None,
        _create_in_cloud=True,
        _experiment_dto=None,
        **kwargs,
    ):
        self._workspace = workspace
        self._name = name

    @classmethod
    def _of(cls, name, workspace=None):
        """The experiment of that name; without one that of this script's run, asked for when it is needed."""
        return cls(workspace, name)

    @staticmethod
    def list(workspace, experiment_name=None, view_type="ActiveOnly", tags=None):
        """The experiments of the workspace, or the one of that name."""
        names = asking.ask("experiment/list")["experiments"]
        return [Experiment(workspace, name) for name in names if experiment_name in (None, name)]

    def __repr__(self):
        return "Experiment(Name: %s)" % self.name

    @property
    def name(self):
        """The experiment's name."""
        if self._name is None:
            self._name = described.described()["experiment"]
        return self._name

    @property
    def id(self):
        """The experiment's name, which is its id."""
        return self.name

    @property
    def identity(self):
        """The experiment's name, which is its id."""
        return self.name

    @property
    def workspace(self):
        """The workspace of the experiment."""
        if self._workspace is None:
            from .workspace import Workspace

            self._workspace = Workspace._of_this_run()
        return self._workspace

    @property
    def workspace_object(self):
        """The workspace of the experiment: an older name."""
        return self.workspace

    @property
    def tags(self):
        """Always empty: runs have tags here."""
        return {}

    @property
    def portal_url(self):
        """What shows its runs: a command."""
        return self.get_portal_url()

    def get_portal_url(self):
        """What shows its runs: a command."""
        return "transom runs list"

    def get_runs(self, type=None, tags=None, properties=None, include_children=False):
        """The runs of the experiment, the newest first, each if it has these tags and properties."""
        from .run import Run

        return Run.list(self, type, tags, properties, include_children=include_children)

    def start_logging(self, *args, **kwargs):
        """The run of this script: a script has its run already."""
        from .run import Run

        saying.once("a script has its run already: start_logging() gives that one.")
        return Run.get_context()

    def refresh(self):
        """Everything is asked for when it is needed."""


behind.stand_before(__name__)
