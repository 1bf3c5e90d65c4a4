"""`DataPath`: a path on a datastore, and `DataPathComputeBinding`: how it would be reached."""

from azureml._transom import absent, behind, places


class DataPath(absent.Telling):
    """A file, folder or pattern on a datastore; for a database, a query."""

    def __init__(self, datastore=None, path_on_datastore=None, name=None):
        self.datastore = None if datastore is None else places.checked_datastore(datastore)
        self._path_on_datastore = None if path_on_datastore is None else str(path_on_datastore)
        self.name = name

    @staticmethod
    def create_from_data_reference(data_reference):
        """The path that a DataReference names."""
        return DataPath(data_reference.datastore, data_reference.path_on_datastore, data_reference.data_reference_name)

    @property
    def datastore_name(self):
        """The datastore's name; None where there is none."""
        return None if self.datastore is None else self.datastore.name

    @property
    def path_on_datastore(self):
        """The path from the datastore's top."""
        return self._path_on_datastore

    def create_data_reference(self, data_reference_name=None, datapath_compute_binding=None):
        """The same as a DataReference."""
        from .data_reference import DataReference

        return DataReference.create(data_reference_name or self.name, self, datapath_compute_binding)

    def __repr__(self):
        return "DataPath(%r, %r)" % (self.datastore_name, self.path_on_datastore)


class DataPathComputeBinding(absent.Telling):
    """How a path on a datastore would be reached: `mount`, `download` or `upload`."""

    def __init__(self, mode="mount", path_on_compute=None, overwrite=False):
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    @staticmethod
    def create_from_data_reference(data_reference):
        """How a DataReference is reached."""
        return DataPathComputeBinding(data_reference.mode, data_reference.path_on_compute, data_reference.overwrite)

    def create_data_reference(self, data_reference_name=None, datapath=None):
        """A DataReference of a DataPath that is reached so."""
        return datapath.create_data_reference(data_reference_name, self)

    def _told(self):
        return {"mode": self.mode, "path_on_compute": self.path_on_compute, "overwrite": self.overwrite}


behind.stand_before(__name__)
