"""`pip._internal.cli`: our `main`, the rest from the real pip if it is there."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
