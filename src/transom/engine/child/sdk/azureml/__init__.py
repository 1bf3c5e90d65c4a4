"""What `import azureml` finds in a script: ours first, then the rest of the real package where it is installed."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)

from azureml._transom import absent, behind  # noqa: E402

#: The client of the classic Studio, which scripts of its time import from here.
behind.stand_before(
    __name__,
    {
        "DataTypeIds": "azureml._transom.classic",
        "Workspace": "azureml._transom.classic",
    },
)
behind.keep_order()
absent.tell_of_imports()
