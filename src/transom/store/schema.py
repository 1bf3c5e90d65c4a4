"""Which tables a workspace's database has, and at which revision it is."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from transom.store.columns import Counted, Document, Moment, Told
from transom.store.revisions import REVISION as REVISION  # the one of the tables below; a new one is added there
from transom.store.revisions import REVISIONS as REVISIONS
from transom.store.revisions import TABLE

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

#: Alembic's own table, with the revision as its one row; made here so that Alembic is not needed for a new database.
revisions = Table(TABLE, MetaData(), Column("version_num", String(32), primary_key=True))

#: One row.
workspace = Table(
    "workspace",
    metadata,
    Column("id", Told, primary_key=True),
    Column("name", Told, nullable=False),
    Column("created", Moment, nullable=False),
)

#: The highest version that a name ever had: it outlives what it counted, so that none is given twice.
last_versions = Table(
    "last_versions",
    metadata,
    Column("kind", Told, primary_key=True),
    Column("name", Told, primary_key=True),
    Column("version", Integer, nullable=False),
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", Told, primary_key=True),
    Column("name", Told, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Told, nullable=False),
    Column("digest", Told, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created", Moment, nullable=False),
    Column("shape", Document),
    Column("files", BigInteger, nullable=False),
    Column("source", Told, nullable=False),
    Column("format", Told, nullable=False),
    Column("description", Told, nullable=False),
    Column("tags", Document, nullable=False),
    Column("run", Told),
    Column("port", Told),
    UniqueConstraint("name", "version"),
)

models = Table(
    "models",
    metadata,
    Column("name", Told, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", Told, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created", Moment, nullable=False),
    Column("files", BigInteger, nullable=False),
    Column("is_folder", Boolean, nullable=False),
    Column("description", Told, nullable=False),
    Column("framework", Told, nullable=False),
    Column("framework_version", Told, nullable=False),
    Column("tags", Document, nullable=False),
    Column("properties", Document, nullable=False),
    Column("run", Told),
)

datastores = Table(
    "datastores",
    metadata,
    Column("name", Told, primary_key=True),
    Column("url", Told, nullable=False),
    Column("created", Moment, nullable=False),
    Column("has_secrets", Boolean, nullable=False),
)

#: The statistics of a table, by the digest of its content.
profiles = Table(
    "profiles",
    metadata,
    Column("digest", Told, primary_key=True),
    Column("document", Document, nullable=False),
)

#: `number` is the order in which they began, which no clock can change. `status` is `running` until the end.
runs = Table(
    "runs",
    metadata,
    Column("number", Counted, primary_key=True),
    Column("id", Told, nullable=False, unique=True),
    Column("parent", Told, index=True),
    Column("created", Moment, nullable=False),
    Column("script_shown", Told, nullable=False),
    Column("script", Told, nullable=False),
    Column("entry_point", Told, nullable=False),
    Column("experiment", Told, nullable=False, index=True),
    Column("request", Document, nullable=False),
    Column("kind", Told, nullable=False, server_default="script"),
    Column("status", Told, nullable=False, index=True),
    Column("ended", Moment),
    Column("seconds", Float),
    Column("failure_kind", Told),
    Column("message", Told, nullable=False, server_default=""),
    Column("environment", Told, nullable=False, server_default=""),
    Column("environment_digest", Told, nullable=False, server_default=""),
    Column("python", Told, nullable=False, server_default=""),
    Column("policy", Told, nullable=False, server_default=""),
    Column("lock", Told),
    Column("log", Told),
    Column("peak_memory", BigInteger),
    Column("tags", Document, nullable=False, server_default="{}"),
    Column("contents_kept", Boolean, nullable=False),
    Index(None, "script_shown", "number"),
)


def _run() -> Column[int]:
    return Column("run", ForeignKey(runs.c.number, ondelete="CASCADE"), primary_key=True)


def _place() -> Column[int]:
    return Column("place", Integer, primary_key=True, autoincrement=False)


run_inputs = Table(
    "run_inputs",
    metadata,
    _run(),
    _place(),
    Column("port", Told, nullable=False),
    Column("shown", Told, nullable=False),
    Column("digest", Told, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("shape", Document),
    Column("kept", Boolean, nullable=False),
    Column("sample", Told),
    Column("dataset", Told),
)

run_results = Table(
    "run_results",
    metadata,
    _run(),
    _place(),
    Column("port", Told, nullable=False),
    Column("digest", Told, nullable=False),
    Column("shape", Document, nullable=False),
)

run_files = Table(
    "run_files",
    metadata,
    _run(),
    _place(),
    Column("name", Told, nullable=False),
    Column("media_type", Told, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("digest", Told, nullable=False),
)

#: Apart from the runs, so that a list does not read them.
run_documents = Table("run_documents", metadata, _run(), Column("document", Document, nullable=False))

#: The steps of the runs of pipelines, one of each name; `place` is where it stands in its run. `began` is empty for one
#: that was never executed.
steps = Table(
    "steps",
    metadata,
    _run(),
    Column("name", Told, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("component", Told, nullable=False),
    Column("script", Told, nullable=False, server_default=""),
    Column("status", Told, nullable=False),
    Column("why", Told, nullable=False, server_default=""),
    Column("key", Told),
    Column("content", Document),
    Column("outcome", Document),
    Column("log", Told),
    Column("reused_run", Told),
    Column("reused_step", Told),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("began", Moment),
    Column("ended", Moment),
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("peak_memory", BigInteger),
    Index(None, "key", "run"),
)
#: Only few steps have a peak: what was reused has none.
Index(
    "ix_steps_peaks",
    *(steps.c.component, steps.c.script, steps.c.run, steps.c.peak_memory),
    sqlite_where=steps.c.peak_memory.is_not(None),
    postgresql_where=steps.c.peak_memory.is_not(None),
)
