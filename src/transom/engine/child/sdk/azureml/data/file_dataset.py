"""`FileDataset`: a set of files of the workspace, which a script downloads, or has as a local folder."""

import os
import tempfile

from azureml._transom import absent, behind, files, tables
from azureml._transom.dataset_absences import FILES

from .abstract_dataset import AbstractDataset


class FileDataset(AbstractDataset):
    """Files. What takes some of them gives another dataset."""

    def to_path(self):
        """The names of the files, each with a slash before it, as they lie below a mount point."""
        return ["/" + name for name, _ in self._content.files()]

    def download(self, target_path=None, overwrite=False, ignore_not_found=False):
        """Copy the files into a folder, or into a new one; their paths there. Raises UserErrorException."""
        target = tempfile.mkdtemp(prefix="dataset-") if target_path is None else os.fspath(target_path)
        return self._content.copy_to(target, overwrite)

    def mount(self, mount_point=None, **kwargs):
        """The files as a local folder, in a `with` block or from `start()` to `stop()`.

        `mount_point` of what it gives is the folder's path: the one given, which must be empty. The files are only to
        be read.
        """
        return files.Mount(self._content, mount_point)

    def take(self, count):
        """The first `count` files."""
        return self._after(files.some(None, tables.count_of(count, "take(count)")))

    def skip(self, count):
        """The files after the first `count`."""
        return self._after(files.some(tables.count_of(count, "skip(count)"), None))

    def take_sample(self, probability, seed=None):
        """Each file with that probability."""
        probability = tables.share_of(probability, "The probability")
        return self._after(files.chosen(probability, tables.seed_of(seed)))

    def random_split(self, percentage, seed=None):
        """Two datasets: about that share of the files, from 0 to 1, and the others."""
        share, seed = tables.share_of(percentage, "The percentage"), tables.seed_of(seed)
        return self._after(files.chosen(share, seed)), self._after(files.chosen(share, seed, wanted=False))

    def as_mount(self, path_on_compute=None):
        """The dataset as an input that is mounted."""
        return self.as_named_input("input").as_mount(path_on_compute)

    def as_download(self, path_on_compute=None):
        """The dataset as an input that is downloaded."""
        return self.as_named_input("input").as_download(path_on_compute)

    def _after(self, step):
        return FileDataset._of(self._content.then(step))


absent.declare(FileDataset, FILES)

behind.stand_before(__name__)
