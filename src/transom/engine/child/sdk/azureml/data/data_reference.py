"""`DataReference`: a path on a datastore, as `datastore.path(...)` gives it; datasets are made from it."""

from azureml._transom import absent, behind, places
from azureml._transom.dataset_absences import REFERENCE


class DataReference(absent.Telling):
    """A file, folder or pattern on a datastore."""

    def __init__(
        self,
        datastore,
        data_reference_name=None,
        path_on_datastore=None,
        mode="mount",
        path_on_compute=None,
        overwrite=False,
    ):
        self.datastore = places.checked_datastore(datastore)
        self.data_reference_name = data_reference_name or datastore.name
        self.path_on_datastore = None if path_on_datastore is None else str(path_on_datastore)
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    @staticmethod
    def create(data_reference_name=None, datapath=None, datapath_compute_binding=None):
        """The reference for a DataPath, with how it is to be reached."""
        bound = {} if datapath_compute_binding is None else datapath_compute_binding._told()
        return DataReference(
            datapath.datastore, data_reference_name, path_on_datastore=datapath.path_on_datastore, **bound
        )

    @property
    def datastore_name(self):
        """The datastore's name."""
        return self.datastore.name

    def path(self, path=None, data_reference_name=None):
        """A reference to a path below this one."""
        below = "/".join(each.strip("/") for each in (self.path_on_datastore, path) if each)
        return self._with(path_on_datastore=below, data_reference_name=data_reference_name or self.data_reference_name)

    def as_mount(self):
        """The same, to be mounted."""
        return self._with(mode="mount")

    def as_download(self, path_on_compute=None, overwrite=False):
        """The same, to be downloaded."""
        return self._with(mode="download", path_on_compute=path_on_compute, overwrite=overwrite)

    def as_upload(self, path_on_compute=None, overwrite=False):
        """The same, to be uploaded to."""
        return self._with(mode="upload", path_on_compute=path_on_compute, overwrite=overwrite)

    def _with(self, **changed):
        told = {
            "data_reference_name": self.data_reference_name,
            "path_on_datastore": self.path_on_datastore,
            "mode": self.mode,
            "path_on_compute": self.path_on_compute,
            "overwrite": self.overwrite,
        }
        told.update(changed)
        return DataReference(self.datastore, **told)

    def __str__(self):
        return "$AZUREML_DATAREFERENCE_%s" % self.data_reference_name

    def __repr__(self):
        return "DataReference(%r, path_on_datastore=%r, mode=%r)" % (
            self.datastore.name,
            self.path_on_datastore,
            self.mode,
        )


absent.declare(DataReference, REFERENCE)

behind.stand_before(__name__)
