"""The workspace of the run: `Workspace`, as scripts know it. Whatever way a script asks for one, it has this one."""

import json
import os

from azureml._transom import absent, asking, behind, saying
from azureml._transom.described import described
from azureml._transom.lazily import Named

WORKSPACE_DEFAULT_BLOB_STORE_NAME = "workspaceblobstore"


class Workspace(absent.Telling):
    """The workspace that the script's run belongs to."""

    DEFAULT_CPU_CLUSTER_NAME = "cpu-cluster"
    DEFAULT_GPU_CLUSTER_NAME = "gpu-cluster"

    def __init__(
        self,
        subscription_id=None,
        resource_group=None,
        workspace_name=None,
        auth=None,
        _location=None,
        _disable_service_check=False,
        _workspace_id=None,
        sku="basic",
        tags=None,
        _cloud="AzureCloud",
    ):
        _say_which(workspace_name)

    @classmethod
    def _of_this_run(cls):
        return cls.__new__(cls)

    @staticmethod
    def from_config(path=None, auth=None, _logger=None, _file_name=None):
        """The workspace of the run; no file is read."""
        return Workspace._of_this_run()

    @staticmethod
    def get(  # noqa: PLR0913 (as Microsoft names them)
        name, auth=None, subscription_id=None, resource_group=None, location=None, cloud="AzureCloud", id=None
    ):
        """The workspace of the run, whatever its name."""
        _say_which(name)
        return Workspace._of_this_run()

    @staticmethod
    def list(subscription_id=None, auth=None, resource_group=None):
        """The workspace of the run, by its name."""
        workspace = Workspace._of_this_run()
        return {workspace.name: [workspace]}

    def __repr__(self):
        return "Workspace(name=%r)" % self.name

    def __eq__(self, other):
        return isinstance(other, Workspace)

    def __hash__(self):
        return hash(Workspace)

    # What it is called

    @property
    def name(self):
        """The workspace's name."""
        return described()["name"]

    @property
    def subscription_id(self):
        """What stands here for the subscription of Azure."""
        return described()["subscription_id"]

    @property
    def resource_group(self):
        """What stands here for the resource group of Azure."""
        return described()["resource_group"]

    @property
    def location(self):
        """Where the workspace is."""
        return described()["location"]

    @property
    def sku(self):
        """Azure's word for an ordinary workspace."""
        return "basic"

    @property
    def tags(self):
        """Always empty."""
        return {}

    def get_details(self):
        """What is known of the workspace, under Azure's names."""
        return {
            "id": described()["id"],
            "name": self.name,
            "location": self.location,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "sku": self.sku,
            "tags": self.tags,
            "friendlyName": self.name,
            "description": "",
        }

    def write_config(self, path=None, file_name=None):
        """Write the names of the workspace as `.azureml/config.json` below a folder, or below the working directory."""
        folder = os.path.join(os.fspath(path or "."), ".azureml")
        os.makedirs(folder, exist_ok=True)
        names = {
            "subscription_id": self.subscription_id,
            "resource_group": self.resource_group,
            "workspace_name": self.name,
        }
        with open(os.path.join(folder, file_name or "config.json"), "w") as stream:
            json.dump(names, stream, indent=4)

    # What it holds

    def _dataset(self, name):
        from .dataset import Dataset

        return Dataset.get_by_name(self, name)

    def _datastore(self, name):
        from .datastore import Datastore

        return Datastore.get(self, name)

    @property
    def datasets(self):
        """The latest version of each registered dataset, by name."""
        return Named("dataset", _dataset_names, self._dataset)

    @property
    def models(self):
        """The latest version of each registered model, by name."""
        from .model import Model

        documents = {}

        def names():
            asked = asking.ask("model/list", name=None, tags=None, properties=None, run=None, latest=True)
            documents.update((each["name"], each) for each in asked["models"])
            return documents

        return Named("model", names, lambda name: Model._of(documents[name], self))

    @property
    def datastores(self):
        """The datastores, by name."""
        return Named("datastore", _datastore_names, self._datastore)

    @property
    def experiments(self):
        """The experiments, by name."""
        from .experiment import Experiment

        return Named(
            "experiment",
            lambda: asking.ask("experiment/list")["experiments"],
            lambda name: Experiment(self, name),
        )

    @property
    def environments(self):
        """The environments, by name."""
        from .environment import Environment

        return Environment.list(self)

    @property
    def compute_targets(self):
        """Always empty: a script runs where Transom runs."""
        return {}

    @property
    def webservices(self):
        """Always empty."""
        return {}

    @property
    def images(self):
        """Always empty."""
        return {}

    @property
    def linked_services(self):
        """Always empty."""
        return {}

    @property
    def private_endpoints(self):
        """Always empty."""
        return {}

    def get_default_datastore(self):
        """The datastore `workspaceblobstore`."""
        from .datastore import Datastore

        return Datastore.get_default(self)

    def get_default_keyvault(self):
        """The secrets that were stored with `transom secret set NAME`."""
        from .keyvault import Keyvault

        return Keyvault(self)

    def get_run(self, run_id):
        """A run of the workspace by its id. Raises UserErrorException."""
        from .run import Run

        return Run.get(self, run_id)


def _dataset_names():
    return [each["name"] for each in asking.ask("dataset/list")["datasets"]]


def _datastore_names():
    return [each["name"] for each in asking.ask("datastore/list")["datastores"]]


def _say_which(name):
    """A script that names another workspace is told, once, which one it has."""
    own = described()["name"]
    if name is not None and name != own:
        saying.once("a script has the workspace of its run: %r is given for %r." % (own, name))


behind.stand_before(__name__)
