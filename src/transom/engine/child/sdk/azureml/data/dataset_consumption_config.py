"""`DatasetConsumptionConfig`: a dataset as a named input. A script has the dataset itself, so it only tells of it."""

from azureml._transom import absent, behind
from azureml._transom.dataset_absences import CONSUMPTION


class DatasetConsumptionConfig(absent.Telling):
    """A dataset under the name of an input, and how it would be reached."""

    def __init__(self, name, dataset, mode="direct", path_on_compute=None):
        self.name = name
        self.dataset = dataset
        self.mode = mode
        self.path_on_compute = path_on_compute

    def as_mount(self, path_on_compute=None):
        """The same, to be mounted."""
        return DatasetConsumptionConfig(self.name, self.dataset, "mount", path_on_compute)

    def as_download(self, path_on_compute=None):
        """The same, to be downloaded."""
        return DatasetConsumptionConfig(self.name, self.dataset, "download", path_on_compute)

    def __repr__(self):
        return "DatasetConsumptionConfig(%r, %r, mode=%r)" % (self.name, self.dataset, self.mode)


absent.declare(DatasetConsumptionConfig, CONSUMPTION)

behind.stand_before(__name__)
