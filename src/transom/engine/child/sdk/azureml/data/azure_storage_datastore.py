"""Datastores that hold files: uploading to them, downloading from them, and paths on them."""

import os

from azureml._transom import asking, behind, files, paths, saying, uploading

from .abstract_datastore import AbstractDatastore


class AbstractAzureStorageDatastore(AbstractDatastore):
    """A datastore of files, wherever they lie."""

    #: What a script reads of an account of Azure, of which there is none.
    account_name = account_key = sas_token = blob_service = None
    protocol = endpoint = subscription_id = resource_group = None
    is_sas = False

    @property
    def container_name(self):
        """The datastore's name."""
        return self.name

    def upload(self, src_dir, target_path=None, overwrite=False, show_progress=True):
        """Upload the files in a folder and below it, or one file, to a path of the datastore; a reference to it.

        A file that is there already stays as it is, which is said in the log, unless `overwrite` is true. Raises
        FileNotFoundError and UserErrorException.
        """
        uploading.upload(self.name, uploading.folder_files(src_dir), target_path, overwrite)
        return self.path(target_path)

    def upload_files(self, files, relative_root=None, target_path=None, overwrite=False, show_progress=True):
        """Upload these files to a path of the datastore; a reference to it.

        Each has there its path from `relative_root`, or from the deepest folder that holds all of them. Raises as
        `upload` does.
        """
        uploading.upload(self.name, uploading.listed_files(files, relative_root), target_path, overwrite)
        return self.path(target_path)

    def download(self, target_path, prefix=None, overwrite=False, show_progress=True):
        """Copy the files whose names begin with `prefix`, such as a folder, into a folder; how many were copied.

        A file that is there already stays as it is, which is said in the log, unless `overwrite` is true. Raises
        UserErrorException.
        """
        target = os.fspath(target_path)
        answer = asking.ask("datastore/download", name=self.name, prefix=None if prefix is None else str(prefix))
        skipped = 0
        for name in answer["names"]:
            place = os.path.join(target, *paths.parts_of(name))
            if os.path.lexists(place) and not overwrite:
                skipped += 1
                continue
            files.copy_file(os.path.join(answer["files"]["path"], *name.split("/")), place)
        if skipped:
            saying.once(
                "%d of %d files of the datastore %s are in %r already and stay so (overwrite=True replaces them)."
                % (skipped, len(answer["names"]), self.name, target)
            )
        if not answer["names"]:
            beginning = "" if prefix is None else " whose name begins with %r" % str(prefix)
            saying.once("the datastore %s has no file%s, so nothing is downloaded." % (self.name, beginning))
        return len(answer["names"]) - skipped

    def path(self, path=None, data_reference_name=None):
        """A path on the datastore, from which datasets are made."""
        from .data_reference import DataReference

        return DataReference(self, data_reference_name, None if path is None else os.fspath(path))

    def as_mount(self):
        """A reference to the whole datastore, to be mounted."""
        return self.path().as_mount()

    def as_download(self, path_on_compute=None):
        """A reference to the whole datastore, to be downloaded."""
        return self.path().as_download(path_on_compute)

    def as_upload(self, path_on_compute=None):
        """A reference to the whole datastore, to be uploaded to."""
        return self.path().as_upload(path_on_compute)


class AzureBlobDatastore(AbstractAzureStorageDatastore):
    """The datastore `workspaceblobstore`, and others that are reached as containers of blobs."""


class AzureFileDatastore(AbstractAzureStorageDatastore):
    """The datastore `workspacefilestore`."""


def of_document(document, workspace):
    """The datastore of which this is told, of the class that Azure has for its kind."""
    from azureml._transom import databases

    kind = str(document["type"]).lower()
    found = databases.class_of(kind)
    if found is None:
        found = {"azurefile": AzureFileDatastore, "azureblob": AzureBlobDatastore}.get(kind)
    return (found or AbstractAzureStorageDatastore)._of(document, workspace)


behind.stand_before(__name__)
