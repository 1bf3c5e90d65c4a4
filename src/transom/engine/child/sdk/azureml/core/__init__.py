"""What `import azureml.core` finds in a script: the names of Microsoft's SDK v1 that a step uses, working here."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)

from azureml._transom import behind  # noqa: E402

#: Names, parameters and meanings are those of the last azureml-core.
VERSION = __version__ = "1.60.0+transom"

_NAMES = {
    "Dataset": "azureml.core.dataset",
    "Datastore": "azureml.core.datastore",
    "Environment": "azureml.core.environment",
    "Experiment": "azureml.core.experiment",
    "Keyvault": "azureml.core.keyvault",
    "Model": "azureml.core.model",
    "Run": "azureml.core.run",
    "Workspace": "azureml.core.workspace",
    "get_run": "azureml.core.run",
}

__all__ = [
    "Dataset",
    "Datastore",
    "Environment",
    "Experiment",
    "Keyvault",
    "Model",
    "Run",
    "Workspace",
    "get_run",
]

behind.stand_before(__name__, _NAMES)
