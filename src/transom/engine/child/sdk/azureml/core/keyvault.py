"""The secrets that a script may read: `Keyvault`, as scripts know it. They are stored outside of scripts."""

from azureml._transom import absent, asking, behind


class Keyvault(absent.Telling):
    """The secrets of the workspace."""

    def __init__(self, workspace=None):
        self._workspace = workspace

    def get_secret(self, name):
        """The value of a secret. Raises UserErrorException."""
        return asking.ask("secret/get", name=str(name))["value"]

    def get_secrets(self, secrets):
        """The values of several secrets, by name; None for each that there is not."""
        there = {each["name"] for each in self.list_secrets()}
        return {name: self.get_secret(name) if name in there else None for name in secrets}

    def list_secrets(self):
        """What there is: a list of {"name": NAME}."""
        return [{"name": name} for name in asking.ask("secret/list")["names"]]


behind.stand_before(__name__)
