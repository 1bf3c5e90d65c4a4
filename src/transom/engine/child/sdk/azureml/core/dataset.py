"""`Dataset`: how scripts find registered datasets, and make new ones of files, queries and frames."""

from azureml._transom import absent, behind, registered
from azureml._transom.dataset_absences import COMMON, DATASET
from azureml.data.abstract_dataset import AbstractDataset

_TYPES = "azureml.data.dataset_type_definitions"


class Dataset(AbstractDataset):
    """The datasets of the workspace: `Dataset.get_by_name(workspace, name).to_pandas_dataframe()`."""

    @staticmethod
    def get(workspace, name=None, id=None):
        """A registered dataset by its name, or by its id."""
        return registered.by_name(workspace, name) if id is None else registered.by_id(workspace, id)

    @staticmethod
    def list(workspace):
        """The latest version of each registered dataset."""
        return list(registered.all_of(workspace).values())


absent.declare(Dataset, dict(COMMON, **DATASET))

behind.stand_before(
    __name__,
    {
        "FileEncoding": _TYPES,
        "HistogramCompareMethod": _TYPES,
        "PromoteHeadersBehavior": _TYPES,
        "SkipLinesBehavior": _TYPES,
    },
)
