"""A package index in a folder, with tiny packages, so that environments are made in a second and without a network."""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


class SmallIndex:
    """A folder of wheels. numpy, pandas and pyarrow are there from the start, tiny and in two versions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for version in ("1.0", "2.0"):
            self.release("numpy", version)
            self.release("pandas", version, requires=["numpy"])
            self.release("pyarrow", version)

    def release(
        self,
        name: str,
        version: str,
        *,
        requires: Sequence[str] = (),
        files: Mapping[str, bytes] | None = None,
        python: str = ">=3.6",
    ) -> Path:
        """Add a wheel whose module has the package's name and tells its version."""
        info = f"{name}-{version}.dist-info"
        metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {python}"]
        metadata += [f"Requires-Dist: {each}" for each in requires]
        content = {
            f"{name}/__init__.py": f"__version__ = {version!r}\n\ndef where():\n    raise ValueError\n".encode(),
            f"{info}/METADATA": ("\n".join(metadata) + "\n").encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            **(files or {}),
        }
        record = [f"{each},sha256={_sha256(text)},{len(text)}\n" for each, text in content.items()]
        path = self.folder / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for each, text in content.items():
                wheel.writestr(zipfile.ZipInfo(each, (2020, 1, 1, 0, 0, 0)), text)
            wheel.writestr(f"{info}/RECORD", "".join([*record, f"{info}/RECORD,,\n"]))
        return path

    @property
    def variables(self) -> dict[str, str]:
        """What tells pip, and so uv, to ask this index and no other."""
        return {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.folder),
            "UV_CACHE_DIR": str(self.folder.parent / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
        }


def _sha256(text: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
