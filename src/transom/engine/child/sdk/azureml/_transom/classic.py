"""The client of the classic Studio: `azureml.Workspace(ID, TOKEN).datasets[NAME].to_dataframe()`, read only."""

import io

from azureml._transom import absent, asking, saying
from azureml._transom.lazily import Named


class DataTypeIds:
    """How the classic Studio called the formats of its datasets."""

    ARFF = "ARFF"
    Dataset = "Dataset"
    GenericCSV = "GenericCSV"
    GenericCSVNoHeader = "GenericCSVNoHeader"
    GenericTSV = "GenericTSV"
    GenericTSVNoHeader = "GenericTSVNoHeader"
    PlainText = "PlainText"
    Zip = "Zip"


class ClassicWorkspace(absent.Telling):
    """The workspace of the run, asked as the classic client was."""

    _shown_as = "azureml.Workspace"

    def __init__(self, workspace_id=None, authorization_token=None, endpoint=None):
        saying.once(
            "credentials are accepted and not used (azureml.Workspace): a script reaches the workspace of its run "
            "without them."
        )
        self.workspace_id = workspace_id
        self.datasets = _Datasets()
        self.user_datasets = self.datasets
        self.example_datasets = Named("example dataset", list, None)


class _Datasets(Named):
    """The registered datasets by name. Iterated over, it gives the datasets, as the classic client did."""

    def __init__(self):
        super().__init__(
            "dataset", lambda: [each["name"] for each in asking.ask("dataset/list")["datasets"]], _ClassicDataset
        )

    def __iter__(self):
        return (self[name] for name in self._all())

    def keys(self):
        """The names."""
        return list(self._all())

    def values(self):
        """The datasets."""
        return list(self)

    def items(self):
        """Pairs (name, dataset)."""
        return [(name, self[name]) for name in self._all()]

    def add_from_dataframe(self, dataframe, data_type_id, name, description):
        """Register a table under a new name."""
        from azureml.core.dataset import Dataset

        Dataset.Tabular.register_pandas_dataframe(dataframe, None, name, description=description)
        self._names = None


class _ClassicDataset(absent.Telling):
    """One registered dataset."""

    _shown_as = "Dataset"

    def __init__(self, name):
        self.name = name
        self._dataset = None

    def __repr__(self):
        return "Dataset(%r)" % self.name

    @property
    def description(self):
        """What was said of it."""
        return self._found().description

    def to_dataframe(self):
        """The table as a pandas DataFrame."""
        return self._found().to_pandas_dataframe()

    def read_as_text(self):
        """The table as the text of a CSV file."""
        return self.to_dataframe().to_csv(index=False)

    def read_as_binary(self):
        """The table as the bytes of a CSV file."""
        return self.read_as_text().encode("utf-8")

    def open(self):
        """The table as a binary stream of a CSV file."""
        return io.BytesIO(self.read_as_binary())

    def _found(self):
        if self._dataset is None:
            from azureml.core.dataset import Dataset

            self._dataset = Dataset.get_by_name(None, self.name)
        return self._dataset


# A script reads the name of the class that it imported.
Workspace = ClassicWorkspace
