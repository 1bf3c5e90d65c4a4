"""A list of packages as Azure writes it: `CondaDependencies`, to be read, filled, and written as conda's YAML."""

import json
import os

from azureml._transom import absent, behind

CONDA_FILE_NAME = "conda_dependencies.yml"


class CondaDependencies(absent.Telling):
    """Packages of pip and of conda, channels, and a version of Python."""

    def __init__(self, conda_dependencies_file_path=None, _underlying_structure=None):
        if conda_dependencies_file_path is not None:
            raise absent.NotThere(
                "CondaDependencies does not read files in Transom. `transom env add NAME -r FILE` makes an environment "
                "of conda's environment.yml."
            )
        self._python = None
        self._pip, self._conda, self._channels, self._options = [], [], [], []

    @staticmethod
    def create(
        pip_indexurl=None, pip_packages=None, conda_packages=None, python_version=None, pin_sdk_version=True, **kwargs
    ):
        """A list of these packages."""
        made = CondaDependencies()
        made._python = python_version
        made._pip.extend(pip_packages or ())
        made._conda.extend(conda_packages or ())
        if pip_indexurl:
            made.set_pip_index_url(pip_indexurl)
        return made

    @property
    def pip_packages(self):
        """What pip is asked for, `name==version`."""
        return iter(list(self._pip))

    @property
    def conda_packages(self):
        """What conda is asked for."""
        return iter(list(self._conda))

    @property
    def conda_channels(self):
        """Where conda looks."""
        return iter(list(self._channels))

    @property
    def pip_options(self):
        """What pip is told besides."""
        return iter(list(self._options))

    def get_python_version(self):
        """The version of Python, or None."""
        return self._python

    def set_python_version(self, version):
        """Name the version of Python."""
        self._python = version

    def add_pip_package(self, pip_package):
        """One more package of pip."""
        _add(self._pip, pip_package)

    def add_conda_package(self, conda_package):
        """One more package of conda."""
        _add(self._conda, conda_package)

    def add_channel(self, channel):
        """One more place where conda looks."""
        _add(self._channels, channel)

    def set_pip_option(self, pip_option):
        """One more thing that pip is told."""
        _add(self._options, pip_option)

    def set_pip_index_url(self, index_url):
        """Where pip looks."""
        self.set_pip_option("--index-url %s" % index_url)

    def remove_pip_package(self, pip_package):
        """Without that package of pip."""
        _remove(self._pip, pip_package)

    def remove_conda_package(self, conda_package):
        """Without that package of conda."""
        _remove(self._conda, conda_package)

    def remove_channel(self, channel):
        """Without that place."""
        _remove(self._channels, channel)

    def remove_pip_option(self, pip_option):
        """Without telling pip that."""
        _remove(self._options, pip_option)

    def serialize_to_string(self):
        """The list as the YAML of a conda environment."""
        lines = []
        if self._channels:
            lines += ["channels:"] + ["- %s" % _text(each) for each in self._channels]
        lines.append("dependencies:")
        if self._python:
            lines.append("- %s" % _text("python=%s" % self._python))
        lines += ["- %s" % _text(each) for each in self._conda]
        if self._pip or self._options:
            lines += ["- pip:"] + ["  - %s" % _text(each) for each in self._options + self._pip]
        return "\n".join(lines) + "\n"

    def save_to_file(self, base_directory, conda_file_path=None):
        """Write the YAML into a folder; the name of the file."""
        name = conda_file_path or CONDA_FILE_NAME
        self.save(os.path.join(os.fspath(base_directory), name))
        return name

    def save(self, path=None):
        """Write the YAML; its path."""
        path = os.fspath(path or CONDA_FILE_NAME)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(self.serialize_to_string())
        return path


def _add(there, value):
    if value not in there:
        there.append(value)


def _remove(there, value):
    if value in there:
        there.remove(value)


def _text(value):
    """A text as YAML has it: quoted unless it is plainly a name with a version."""
    value = str(value)
    return (
        value
        if all(each.isalnum() or each in "._-=<>[]" for each in value) and value[:1].isalpha()
        else json.dumps(value)
    )


behind.stand_before(__name__)
