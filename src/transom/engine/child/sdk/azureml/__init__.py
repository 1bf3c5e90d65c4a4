"""What `import azureml` finds in a script: ours first, then the rest of the real package where it is installed."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
