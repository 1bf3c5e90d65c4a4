"""`Dataset`: how scripts find registered datasets, and make new ones of files, queries and frames."""

from azureml._transom import absent, behind, places, registered
from azureml._transom.dataset_absences import DATASET
from azureml.data.abstract_dataset import Factory

_TYPES = "azureml.data.dataset_type_definitions"


class Dataset(absent.Telling):
    """The datasets of the workspace: `Dataset.get_by_name(workspace, name).to_pandas_dataframe()`."""

    File = Factory("FileDatasetFactory")
    Tabular = Factory("TabularDatasetFactory")

    class Scenario:
        """What a dataset is to a model, as `Model.register(datasets=...)` takes it."""

        TRAINING = "training"
        VALIDATION = "validation"
        INFERENCING = "inferencing"

    def __init__(self, definition, workspace=None, name=None, id=None):
        raise places.wrong(
            "A dataset is not made so: Dataset.get_by_name(workspace, name) gives a registered one, and "
            "Dataset.Tabular and Dataset.File make new ones."
        )

    @staticmethod
    def get_by_name(workspace, name, version="latest", **kwargs):
        """A version of a registered dataset. Raises UserErrorException."""
        return registered.by_name(workspace, name, version)

    @staticmethod
    def get_by_id(workspace, id, **kwargs):
        """The registered dataset of that id. Raises UserErrorException."""
        return registered.by_id(workspace, id)

    @staticmethod
    def get_all(workspace):
        """The latest version of each registered dataset, by name."""
        return registered.all_of(workspace)

    @staticmethod
    def get(workspace, name=None, id=None):
        """A registered dataset by its name, or by its id."""
        return registered.by_name(workspace, name) if id is None else registered.by_id(workspace, id)

    @staticmethod
    def list(workspace):
        """The latest version of each registered dataset."""
        return list(registered.all_of(workspace).values())


absent.declare(Dataset, DATASET)

behind.stand_before(
    __name__,
    {
        "FileEncoding": _TYPES,
        "HistogramCompareMethod": _TYPES,
        "PromoteHeadersBehavior": _TYPES,
        "SkipLinesBehavior": _TYPES,
    },
)
