"""Which kind of store a place names: a folder here, or an address that fsspec knows."""

from __future__ import annotations

from pathlib import Path

from transom.store.blobs import Blobs, FolderBlobs

_LOCAL_ADDRESS = "file://"


def blobs_at(place: str | Path, *, cache: Path | None = None) -> Blobs:
    """The store at a local folder, or at an fsspec address such as `abfs://container/blobs`.

    A distant store needs `cache`, the local folder where copies of its contents lie. Raises ValueError without it.
    """
    if isinstance(place, Path) or "://" not in place:
        return FolderBlobs(Path(place))
    if place.startswith(_LOCAL_ADDRESS):
        return FolderBlobs(Path(place.removeprefix(_LOCAL_ADDRESS)))
    if cache is None:
        raise ValueError(f"the store {place} needs a local folder for copies")
    from transom.store.distant_blobs import DistantBlobs  # fsspec takes 0.1 s to import

    return DistantBlobs.at(place, FolderBlobs(cache))
