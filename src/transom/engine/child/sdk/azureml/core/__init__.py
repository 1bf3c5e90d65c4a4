"""What `import azureml.core` finds in a script: the names of Microsoft's SDK v1 that a step uses, working here."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)

from .run import Run  # noqa: E402

__all__ = ["Run"]
