"""What tables and sets of files have in common: how they are found, registered, and what is told of them.

Method names, parameters and meanings follow Microsoft's public reference of azureml.data (azureml-core 1.x).
"""

from azureml._transom import absent, asking, behind, places, registered
from azureml._transom.dataset_absences import COMMON
from azureml._transom.moments import moment
from azureml._transom.plain import texts


class Factory:
    """`Dataset.File` and `Dataset.Tabular`, whose module needs this one."""

    def __init__(self, name):
        self._name = name

    def __get__(self, instance, owner=None):
        from . import dataset_factory

        return getattr(dataset_factory, self._name)


class AbstractDataset(absent.Telling):
    """A dataset: a registered version, or one that has not been registered."""

    File = Factory("FileDatasetFactory")
    Tabular = Factory("TabularDatasetFactory")

    def __init__(self, *args, **kwargs):
        raise places.wrong(
            "A dataset is not made so: Dataset.get_by_name(workspace, name) gives a registered one, and "
            "Dataset.Tabular and Dataset.File make new ones."
        )

    @classmethod
    def _of(cls, content, document=None):
        dataset = cls.__new__(cls)
        dataset._content, dataset._document = content, document
        return dataset

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

    def __repr__(self):
        told = "not registered" if self._document is None else "name=%r, version=%r" % (self.name, self.version)
        return "%s(%s)" % (type(self).__name__, told)

    # What is told of it

    @property
    def name(self):
        """The name; None where it is not registered."""
        return self._told("name")

    @property
    def version(self):
        """The version, counted from 1; None where it is not registered."""
        return self._told("version")

    @property
    def id(self):
        """What names this version; None where it is not registered."""
        return self._told("id")

    @property
    def description(self):
        """What was said of it."""
        return self._told("description")

    @property
    def tags(self):
        """The tags, texts by name."""
        return dict(self._told("tags") or {})

    @property
    def data_changed_time(self):
        """When this version was registered, a datetime; None where it is not."""
        return moment(self._told("created"))

    @property
    def partition_keys(self):
        """Always empty: files are read as one table."""
        return []

    def _told(self, name):
        return None if self._document is None else self._document.get(name)

    # What is done with it

    def register(self, workspace, name, description=None, tags=None, create_new_version=False):
        """Register it under a name, which it must not have yet unless it is to be a new version; the registered one.

        The same content again makes no new version. Raises UserErrorException.
        """
        registered.check_workspace(workspace, "dataset.register(workspace, name)")
        if not isinstance(name, str):
            raise places.wrong("The name of a dataset is a text, and not %s." % places.shown(name))
        return registered.register(self._content.content(), name, description, tags, bool(create_new_version))

    def update(self, description=None, tags=None):
        """Replace the description and the tags, each if it is given; the dataset."""
        if self._document is None:
            raise places.wrong("The dataset is not registered: dataset.register(workspace, name) comes first.")
        tags = None if tags is None else texts(tags)
        self._document = asking.ask("dataset/update", id=self.id, description=description, tags=tags)
        return self

    def add_tags(self, tags=None):
        """Give it tags; those that it has under these names are replaced. The dataset."""
        return self.update(tags=dict(self.tags, **texts(tags)))

    def remove_tags(self, tags=None):
        """Take the tags of these names, one or a list, away. The dataset."""
        names = [tags] if isinstance(tags, str) else list(tags or ())
        return self.update(tags={name: value for name, value in self.tags.items() if name not in names})

    def as_named_input(self, name):
        """The dataset under the name of an input."""
        from .dataset_consumption_config import DatasetConsumptionConfig

        return DatasetConsumptionConfig(name, self)


absent.declare(AbstractDataset, COMMON)

behind.stand_before(__name__)
