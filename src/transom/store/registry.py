"""What is registered in a workspace: datasets, models, datastores, and the statistics of tables."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from transom.errors import Unknown, WrongUse
from transom.model.additions import ModelsWanted, NewDataset, NewModel, WorkspaceFacts
from transom.model.assets import Dataset, DatasetKind, Datastore, Model, Reference
from transom.store.database import Database
from transom.store.registry_versions import Versions, near_names, shown_name
from transom.store.schema import datasets, datastores, models, profiles, workspace
from transom.store.stored_shapes import shape_read, shape_told

_VERSION = re.compile("[1-9][0-9]{0,8}")


class Registry:
    """The verbs on what is registered. Each is one transaction, and raises what a Database raises.

    `workspace` is what messages call the workspace. Names are not checked here.
    """

    def __init__(self, database: Database, workspace: str) -> None:
        self._database = database
        self._workspace = workspace
        self._datasets = Versions(database, workspace, "dataset", datasets, _dataset)
        self._models = Versions(database, workspace, "model", models, _model)

    def workspace_facts(self) -> WorkspaceFacts:
        """What the workspace is."""
        with self._database.reading() as connection:
            row = connection.execute(select(workspace)).first()
        if row is None:
            raise self._database.place.damaged("it does not tell which workspace it is of")
        return WorkspaceFacts(row.id, row.name, row.created)

    # Datasets.

    def add_dataset(self, new: NewDataset) -> tuple[Dataset, bool]:
        """Register a content under a name, and whether that made a new version.

        Where the latest version has this content already it is that version, with the description and the tags that
        are given.
        """
        fixed = {
            "id": str(uuid.uuid4()),
            "name": new.name,
            "kind": new.kind.value,
            "digest": new.digest,
            "bytes": new.bytes,
            "shape": shape_told(new.shape),
            "files": new.files,
            "source": new.source,
            "format": new.format,
            "run": new.run,
            "port": new.port,
        }
        return self._datasets.add(fixed, _given(description=new.description, tags=new.tags))

    def dataset(self, reference: Reference) -> Dataset:
        """The version that is named. Raises Unknown and VersionUnknown."""
        return self._datasets.one(reference)

    def dataset_by_id(self, identity: str) -> Dataset:
        """The version of this id. Raises Unknown."""
        return self._datasets.by_id(identity)

    def datasets(self) -> list[Dataset]:
        """The latest version of each dataset, by name."""
        return self._datasets.all(latest=True)

    def versions(self, name: str) -> list[Dataset]:
        """All the versions of a dataset, the newest first. Raises Unknown."""
        return self._datasets.versions(name)

    def update_dataset(
        self, reference: Reference, *, description: str | None = None, tags: Mapping[str, str] | None = None
    ) -> Dataset:
        """Give a version another description or other tags, where they are not None. Raises Unknown, VersionUnknown."""
        return self._datasets.update(reference, _given(description=description, tags=tags))

    def remove_dataset(self, reference: Reference) -> list[Dataset]:
        """Forget a version, or all where none is named; those forgotten. Raises Unknown and VersionUnknown."""
        return self._datasets.remove(reference)

    # Models.

    def add_model(self, new: NewModel) -> tuple[Model, bool]:
        """Register a file set under a name, and whether that made a new version; as `add_dataset` does."""
        fixed = {
            "name": new.name,
            "digest": new.digest,
            "bytes": new.bytes,
            "files": new.files,
            "is_folder": new.is_folder,
            "framework": new.framework,
            "framework_version": new.framework_version,
            "run": new.run,
        }
        given = _given(description=new.description, tags=new.tags, properties=new.properties)
        return self._models.add(fixed, given)

    def model(self, reference: Reference) -> Model:
        """The version that is named. Raises Unknown and VersionUnknown."""
        return self._models.one(reference)

    def model_by_id(self, identity: str) -> Model:
        """The version of this id, `NAME:VERSION`. Raises Unknown and VersionUnknown."""
        name, _, version = identity.rpartition(":")
        if not _VERSION.fullmatch(version):
            raise self._models.unknown(identity)
        return self._models.one(Reference(name, int(version)))

    def models(self, wanted: ModelsWanted = ModelsWanted()) -> list[Model]:  # noqa: B008 (frozen)
        """The models that are wanted, by name, the newest version first."""
        return [each for each in self._models.all(latest=wanted.latest) if _is_wanted(each, wanted)]

    def model_versions(self, name: str) -> list[Model]:
        """All the versions of a model, the newest first. Raises Unknown."""
        return self._models.versions(name)

    def update_model(
        self,
        reference: Reference,
        *,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> Model:
        """Give a version what is not None of these. Raises Unknown and VersionUnknown."""
        return self._models.update(reference, _given(description=description, tags=tags, properties=properties))

    def remove_model(self, reference: Reference) -> list[Model]:
        """Forget a version, or all where none is named; those forgotten. Raises Unknown and VersionUnknown."""
        return self._models.remove(reference)

    # Datastores; those that are built in are not recorded.

    def add_datastore(self, datastore: Datastore, *, replace: bool = False) -> None:
        """Record a datastore. Raises WrongUse where its name has another address, unless that is to be replaced."""
        values = {
            "name": datastore.name,
            "url": datastore.url,
            "created": datastore.created,
            "has_secrets": datastore.has_secrets,
        }
        own = datastores.c.name == datastore.name
        with self._database.writing() as connection:
            there = connection.execute(select(datastores.c.url).where(own)).scalar()
            if there is None:
                connection.execute(insert(datastores).values(values))
            elif there == datastore.url or replace:
                connection.execute(update(datastores).where(own).values(values))
            else:
                raise WrongUse(
                    problem=f"There is a datastore {shown_name(datastore.name)} already, and its address is {there}.",
                    advice="Choose another name, or remove it first with `transom datastore remove`.",
                )

    def datastore(self, name: str) -> Datastore:
        """The datastore of this name. Raises Unknown."""
        with self._database.reading() as connection:
            row = connection.execute(select(datastores).where(datastores.c.name == name)).one_or_none()
            if row is None:
                raise self._unknown_datastore(name, connection.execute(select(datastores.c.name)).scalars())
        return _datastore(row)

    def datastores(self) -> list[Datastore]:
        """All of them, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(datastores)).all()
        return [_datastore(row) for row in sorted(rows, key=lambda row: (row.name.casefold(), row.name))]

    def remove_datastore(self, name: str) -> Datastore:
        """Forget a datastore; what was forgotten. Raises Unknown."""
        own = datastores.c.name == name
        with self._database.writing() as connection:
            row = connection.execute(select(datastores).where(own)).one_or_none()
            if row is None:
                raise self._unknown_datastore(name, connection.execute(select(datastores.c.name)).scalars())
            connection.execute(delete(datastores).where(own))
        return _datastore(row)

    def _unknown_datastore(self, name: str, names: Iterable[str]) -> Unknown:
        return Unknown(
            kind="datastore",
            name=shown_name(name),
            workspace=self._workspace,
            listing="transom datastore list",
            near=near_names(name, list(names)),
        )

    # Statistics of tables.

    def profile(self, digest: str) -> dict[str, Any] | None:
        """What was kept of the table of this content; None where nothing was."""
        with self._database.reading() as connection:
            found = connection.execute(select(profiles.c.document).where(profiles.c.digest == digest)).scalar()
        return None if found is None else dict(found)

    def keep_profile(self, digest: str, document: Mapping[str, Any]) -> None:
        """Keep the statistics of a table, in the place of earlier ones."""
        with self._database.writing() as connection:
            connection.execute(delete(profiles).where(profiles.c.digest == digest))
            connection.execute(insert(profiles).values(digest=digest, document=document))

    def forget_profiles(self, needed: set[str]) -> int:
        """Forget the statistics of all tables but those of these contents; how many were forgotten."""
        with self._database.writing() as connection:
            there = connection.execute(select(profiles.c.digest)).scalars()
            gone = [{"gone": digest} for digest in there if digest not in needed]
            if gone:
                connection.execute(delete(profiles).where(profiles.c.digest == bindparam("gone")), gone)
        return len(gone)

    # What must not be removed.

    def needed_digests(self) -> set[str]:
        """The digests that registered things name. What is in their file sets is not among them."""
        with self._database.reading() as connection:
            tables = connection.execute(select(datasets.c.digest)).scalars()
            return {*tables, *connection.execute(select(models.c.digest)).scalars()}

    def needed_file_sets(self) -> set[str]:
        """The digests among them that name file sets."""
        of_files = select(datasets.c.digest).where(datasets.c.kind == DatasetKind.FILES.value)
        with self._database.reading() as connection:
            sets = connection.execute(of_files).scalars()
            return {*sets, *connection.execute(select(models.c.digest)).scalars()}


def _given(**columns: object) -> dict[str, object]:
    return columns


def _is_wanted(model: Model, wanted: ModelsWanted) -> bool:
    return (
        wanted.name in (None, model.name)
        and wanted.run in (None, model.run)
        and _has(model.tags, wanted.tags)
        and _has(model.properties, wanted.properties)
    )


def _has(there: Mapping[str, str], wanted: Mapping[str, str | None] | None) -> bool:
    return all(name in there and value in (None, there[name]) for name, value in (wanted or {}).items())


def _dataset(row: Row[Any]) -> Dataset:
    return Dataset(
        id=row.id,
        name=row.name,
        version=row.version,
        kind=DatasetKind(row.kind),
        digest=row.digest,
        bytes=row.bytes,
        created=row.created,
        shape=shape_read(row.shape),
        files=row.files,
        source=row.source,
        format=row.format,
        description=row.description,
        tags=row.tags,
        run=row.run,
        port=row.port,
    )


def _model(row: Row[Any]) -> Model:
    return Model(
        id=f"{row.name}:{row.version}",
        name=row.name,
        version=row.version,
        digest=row.digest,
        bytes=row.bytes,
        created=row.created,
        files=row.files,
        is_folder=row.is_folder,
        description=row.description,
        framework=row.framework,
        framework_version=row.framework_version,
        tags=row.tags,
        properties=row.properties,
        run=row.run,
    )


def _datastore(row: Row[Any]) -> Datastore:
    return Datastore(row.name, row.url, row.created, has_secrets=row.has_secrets)
