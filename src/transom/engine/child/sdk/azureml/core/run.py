"""The run of this script, its child runs, and earlier runs: `Run`, as scripts know it.

Method names, parameters and meanings follow Microsoft's public reference of azureml.core.run.Run (azureml-core 1.x).
"""

import os
import time

from azureml._transom import absent, asking, behind, described, earlier, here
from azureml._transom.branching import Branching
from azureml._transom.keeping import Keeping
from azureml._transom.lazily import Named
from azureml._transom.marking import Marking
from azureml._transom.measuring import Measuring

OUTPUTS_DIR = "./outputs"
RUNNING_STATES = ["NotStarted", "Queued", "Preparing", "Provisioning", "Starting", "Running"]
POST_PROCESSING_STATES = ["CancelRequested", "Finalizing"]
_SECONDS_BETWEEN_LOOKS = 1.0


class Run(Measuring, Marking, Keeping, Branching, absent.Telling):
    """A run. `Run.get_context()` gives the one of this script; others, by their id, can only be read."""

    def __init__(self, experiment, run_id, outputs=None, **kwargs):
        self._experiment = experiment
        self._record = _record_of(run_id)
        self._begun_here = False

    @classmethod
    def _of(cls, record, experiment=None):
        run = cls.__new__(cls)
        run._experiment, run._record, run._begun_here = experiment, record, False
        return run

    def _at(self, record):
        """Another run of the same experiment."""
        return Run._of(record, self._experiment)

    @classmethod
    def get_context(cls, allow_offline=True, used_for_context_manager=False, **kwargs):
        """The run that this script belongs to. Raises RuntimeError in a process that does not know it."""
        return _SubmittedRun._of(here.of_this_process())

    @classmethod
    def get_submitted_run(cls, **kwargs):
        """The run that this script belongs to: an older name of `get_context`."""
        return cls.get_context(allow_offline=False)

    @staticmethod
    def get(workspace, run_id):
        """A run of the workspace by its id. Raises UserErrorException."""
        return Run(None, run_id)

    @staticmethod
    def list(experiment, type=None, tags=None, properties=None, status=None, include_children=False, **kwargs):
        """The runs of an experiment, the newest first, each if it has these tags, properties and status."""
        own = here.of_this_process()
        found = earlier.of_experiment(experiment.name)
        runs = (Run._of(own if record.id == own.id else record, experiment) for record in found)
        return (run for run in runs if run._is_among(tags, properties, status))

    @staticmethod
    def add_type_provider(runtype, run_factory):
        """Runs here are of one type: this changes nothing."""

    def __repr__(self):
        return "Run(Id: %s)" % self.id

    def __eq__(self, other):
        return isinstance(other, Run) and self._record == other._record

    def __hash__(self):
        return hash(self._record)

    def __enter__(self):
        return self

    def __exit__(self, kind, wrong, trace):
        if not self._begun_here:
            return
        if wrong is None:
            self.complete()
        else:
            self.fail("%s: %s" % (kind.__name__, wrong))

    # What it is

    @property
    def id(self):
        """The run's id."""
        return self._record.id

    @property
    def identity(self):
        """The run's id."""
        return self.id

    @property
    def number(self):
        """Always 1: runs are told apart by their id."""
        return 1

    @property
    def type(self):
        """What Azure calls a run of a script."""
        return "azureml.scriptrun"

    @property
    def experiment(self):
        """The experiment that the run belongs to."""
        if self._experiment is None:
            from .experiment import Experiment

            self._experiment = Experiment._of(getattr(self._record, "experiment", None))
        return self._experiment

    @property
    def parent(self):
        """The run above: of a child run its maker, of a step the run of its pipeline, of that None.

        A script alone is a pipeline of one step, so that what is logged there is logged for the same run.
        """
        above = self._record.above()
        if above is not None:
            return self._at(above)
        if self._record.is_over or isinstance(self, _PipelineRun):
            return None
        return _PipelineRun._of(self._record, self._experiment)

    @property
    def status(self):
        """How far it is: `Running`, `Completed`, `Failed`, `Canceled`."""
        return self.get_status()

    def get_status(self):
        """How far it is: `Running`, `Completed`, `Failed`, `Canceled`."""
        return self._record.status()

    def get_details(self):
        """What is known of the run, under Azure's names."""
        return {
            "runId": self.id,
            "target": "local",
            "status": self.get_status(),
            "startTimeUtc": self._record.fact("created"),
            "endTimeUtc": self._record.fact("ended"),
            "properties": self.get_properties(),
            "inputDatasets": [],
            "outputDatasets": [],
            "runDefinition": {"script": self._record.fact("script")},
            "logFiles": {},
        }

    def get_portal_url(self):
        """What shows the run: a command."""
        return "transom runs show %s" % self.id

    @property
    def portal_url(self):
        """What shows the run: a command."""
        return self.get_portal_url()

    @property
    def input_datasets(self):
        """The registered datasets that are connected, by port: `dataset1`, `dataset2`, `script_bundle`."""
        inputs = described.described()["inputs"]
        there = {port: document["id"] for port, document in inputs.items() if document is not None}
        return Named("registered dataset at port", there.keys, lambda port: _dataset(there[port]))

    # How it goes on and ends

    def start(self):
        """The run has begun already."""

    def flush(self, timeout_seconds=300):
        """Everything is written as it comes: there is nothing to wait for."""

    def complete(self, _set_status=True):
        """Mark a child run as completed. The run of the script completes when the script does."""
        if self._record.child is not None:
            self._record.write("status", "status", "Completed")

    def fail(self, error_details=None, error_code=None, _set_status=True):
        """Mark the run as failed, which becomes a warning; the script goes on, as in Azure."""
        details = None if error_details is None else str(error_details)
        self._record.write("status", "status", "Failed", details=details)

    def cancel(self):
        """Stop the run: of a script, this ends it here. A child run is marked only."""
        self._record.write("status", "status", "Canceled")
        if self._record.child is None:
            raise KeyboardInterrupt("The script cancelled its own run.")

    def wait_for_completion(self, show_output=False, wait_post_processing=False, raise_on_error=True):
        """Wait until another run has ended; what is known of it. The run of the script itself is not waited for."""
        while self._record.is_over and self.get_status() == "Running":
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        if raise_on_error and self._record.is_over and self.get_status() == "Failed":
            raise asking.told_as("ActivityFailedException", "Run %s failed: `transom runs show` says why." % self.id)
        return self.get_details()

    # What it uses of the workspace

    def register_model(  # noqa: PLR0913 (as Microsoft names them)
        self,
        model_name,
        model_path=None,
        tags=None,
        properties=None,
        model_framework=None,
        model_framework_version=None,
        description=None,
        datasets=None,
        sample_input_dataset=None,
        sample_output_dataset=None,
        resource_configuration=None,
        **kwargs,
    ):
        """Register a file or folder that the run keeps, or that lies in the working directory, as a model.

        `model_path` is its name among the kept files (`outputs/model.pkl`); without one it is the model's name.
        """
        from .model import Model

        path = str(model_path if model_path is not None else model_name)
        return Model.register(
            self.experiment.workspace,
            self._record.file(path) or path,
            model_name,
            tags=tags,
            properties=properties,
            description=description,
            model_framework=model_framework,
            model_framework_version=model_framework_version,
        )

    def get_secret(self, name):
        """A secret that was stored with `transom secret set NAME`. Raises UserErrorException."""
        return self._keyvault().get_secret(name)

    def get_secrets(self, secrets):
        """Several secrets, by name; None for each that there is not."""
        return self._keyvault().get_secrets(secrets)

    def _keyvault(self):
        return self.experiment.workspace.get_default_keyvault()


class _SubmittedRun(Run):
    """What Azure calls the run of a script that runs there; scripts ask whether theirs is one."""


class _OfflineRun(Run):
    """What Azure calls the run of a script that runs without it; the run of a script here is none."""

    def __init__(self, parent_logger=None, run_id=None, **kwargs):
        Run.__init__(self, None, run_id)


class _PipelineRun(Run):
    """The run above a step that is alone: the same run, with nothing above it."""


def get_run(experiment, run_id, rehydrate=True, clean_up=True):
    """A run of an experiment by its id. Raises UserErrorException."""
    return Run(experiment, run_id)


def _dataset(dataset_id):
    from .dataset import Dataset

    return Dataset.get_by_id(None, dataset_id)


def _record_of(run_id):
    """The run of that id; without one, or with its own, the one of this script."""
    if not os.environ.get(asking.JOB_FOLDER):
        return earlier.by_id(run_id)
    own = here.of_this_process()
    if run_id is None or str(run_id) == own.id:
        return own
    return own.below(str(run_id)) or earlier.by_id(run_id)


behind.stand_before(__name__)
