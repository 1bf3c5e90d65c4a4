"""What all datastores have in common: a name, a kind and the workspace."""

from azureml._transom import absent, behind
from azureml._transom.dataset_absences import ONE_DATASTORE


class AbstractDatastore(absent.Telling):
    """A datastore of the workspace: `Datastore.get(workspace, name)` gives one."""

    name = datastore_type = None

    def __init__(self, workspace, name, datastore_type):
        self._workspace = workspace
        self.name = name
        self.datastore_type = datastore_type

    @classmethod
    def _of(cls, document, workspace):
        datastore = cls.__new__(cls)
        AbstractDatastore.__init__(datastore, workspace, document["name"], document["type"])
        datastore._document = document
        return datastore

    @property
    def workspace(self):
        """The workspace that it belongs to."""
        if self._workspace is None:
            from azureml.core.workspace import Workspace

            self._workspace = Workspace._of_this_run()
        return self._workspace

    def __repr__(self):
        return "%s(name=%r, datastore_type=%r)" % (type(self).__name__, self.name, self.datastore_type)

    def __eq__(self, other):
        return isinstance(other, AbstractDatastore) and self.name == other.name

    def __hash__(self):
        return hash(self.name)


absent.declare(AbstractDatastore, ONE_DATASTORE)

behind.stand_before(__name__)
