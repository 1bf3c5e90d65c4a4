"""What `import azureml.data` finds in a script: datasets, datastores and what both are made with."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)

from azureml._transom import behind  # noqa: E402

_NAMES = {
    "DataType": "azureml.data.dataset_factory",
    "FileDataset": "azureml.data.file_dataset",
    "HDFSOutputDatasetConfig": "azureml.data.output_dataset_config",
    "LinkFileOutputDatasetConfig": "azureml.data.output_dataset_config",
    "LinkTabularOutputDatasetConfig": "azureml.data.output_dataset_config",
    "OutputFileDatasetConfig": "azureml.data.output_dataset_config",
    "TabularDataset": "azureml.data.tabular_dataset",
}

__all__ = list(_NAMES)

behind.stand_before(__name__, _NAMES)
