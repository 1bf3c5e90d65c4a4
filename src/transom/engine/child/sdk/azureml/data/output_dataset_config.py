"""The outputs of a step of a submitted pipeline: scripts import their names, and keep what they make otherwise."""

from azureml._transom import absent, behind

_INSTEAD = (
    "It describes an output of a pipeline that is submitted to Azure. A script returns its tables, keeps files that it "
    "writes below ./outputs, and uploads others: Datastore.get(workspace, NAME).upload(folder)."
)


class OutputDatasetConfig(absent.Telling):
    """An output of a submitted step, which a script cannot make."""

    def __init__(self, *args, **kwargs):
        raise absent.NotThere("%s is not there in Transom. %s" % (type(self).__name__, _INSTEAD))


class OutputFileDatasetConfig(OutputDatasetConfig):
    """Files that a submitted step makes."""


class HDFSOutputDatasetConfig(OutputDatasetConfig):
    """Files that a submitted step of Spark makes."""


class OutputTabularDatasetConfig(OutputDatasetConfig):
    """A table that a submitted step makes."""


class LinkFileOutputDatasetConfig(OutputDatasetConfig):
    """A set of files that a submitted step names."""


class LinkTabularOutputDatasetConfig(OutputDatasetConfig):
    """A table that a submitted step names."""


behind.stand_before(__name__)
