"""The environments of Transom, for scripts to read: `Environment`. They are made outside of scripts."""

from azureml._transom import absent, asking, behind
from azureml._transom.lazily import Named

from .conda_dependencies import CondaDependencies


class _Section:
    """Settings that Azure knows; they can be set, and nothing here asks for them."""

    def __init__(self, **settings):
        self.__dict__.update(settings)

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__.lstrip("_"), ", ".join(sorted(self.__dict__)))


class PythonSection(_Section):
    """The Python of an environment and its packages, `conda_dependencies`."""

    def __init__(self, **kwargs):
        settings = {
            "interpreter_path": "python",
            "user_managed_dependencies": False,
            "conda_dependencies": CondaDependencies(),
            "conda_dependencies_file": None,
        }
        super().__init__(**dict(settings, **kwargs))


class DockerSection(_Section):
    """Nothing runs in Docker here."""

    def __init__(self, **kwargs):
        settings = {"enabled": False, "base_image": None, "base_dockerfile": None, "arguments": [], "shm_size": None}
        super().__init__(**dict(settings, **kwargs))


class Environment(absent.Telling):
    """A named interpreter with locked packages; one that a script makes itself is only what it says of it."""

    def __init__(self, name, **kwargs):
        self.name = name
        self.version = None
        self.python = PythonSection()
        self.docker = DockerSection()
        self.spark = _Section(packages=[], repositories=[])
        self.environment_variables = {}
        self.inferencing_stack_version = None

    @classmethod
    def _of(cls, document):
        environment = cls(document["name"])
        environment.version = document.get("digest")
        environment.python.conda_dependencies = CondaDependencies.create(
            pip_packages=["%s==%s" % each for each in sorted((document.get("packages") or {}).items())],
            python_version=document.get("python"),
        )
        return environment

    @staticmethod
    def get(workspace, name, version=None, label=None):
        """An environment by its name, to be read: its digest is its version. Raises UserErrorException."""
        return Environment._of(asking.ask("environment/get", name=str(name)))

    @staticmethod
    def list(workspace):
        """The environments, by name."""
        return Named(
            "environment",
            lambda: asking.ask("environment/list")["names"],
            lambda name: Environment.get(workspace, name),
        )

    def clone(self, new_name):
        """The same under another name."""
        other = Environment(new_name)
        other.__dict__.update(self.__dict__, name=new_name, version=None)
        return other

    def __repr__(self):
        return "Environment(name=%r, version=%r)" % (self.name, self.version)


behind.stand_before(__name__)
