"""`Datastore`: how scripts find the datastores of the workspace."""

from azureml._transom import absent, asking, behind, places, registered
from azureml._transom.dataset_absences import DATASTORE, ONE_DATASTORE


class Datastore(absent.Telling):
    """`Datastore(workspace, name)` and `Datastore.get(workspace, name)` give a datastore."""

    def __new__(cls, workspace, name=None):
        return Datastore.get_default(workspace) if name is None else Datastore.get(workspace, name)

    def __init__(self, workspace, name=None):
        """Never called: what `__new__` gives is of another class."""

    @staticmethod
    def get(workspace, datastore_name):
        """The datastore of that name. Raises UserErrorException."""
        registered.check_workspace(workspace, "Datastore.get(workspace, NAME)")
        if not isinstance(datastore_name, str):
            raise places.wrong(
                "The name of a datastore is a text, and not %s: Datastore.get(workspace, NAME)."
                % places.shown(datastore_name)
            )
        return _found(workspace, datastore_name)

    @staticmethod
    def get_default(workspace):
        """The datastore `workspaceblobstore`. Raises UserErrorException."""
        registered.check_workspace(workspace, "Datastore.get_default(workspace)")
        return _found(workspace, None)


def _found(workspace, name):
    from azureml.data import azure_storage_datastore

    return azure_storage_datastore.of_document(asking.ask("datastore/get", name=name), workspace)


absent.declare(Datastore, dict(ONE_DATASTORE, **DATASTORE))

behind.stand_before(__name__)
