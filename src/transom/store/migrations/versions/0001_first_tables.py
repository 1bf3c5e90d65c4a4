"""The first tables: what was registered, and what was run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make them."""
    _registered()
    _run()
    _of_runs()


def _registered() -> None:
    op.create_table(
        "workspace",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspace"),
    )
    op.create_table(
        "last_versions",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_last_versions"),
    )
    op.create_table(
        "datasets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("shape", sa.Text()),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("run", sa.Text()),
        sa.Column("port", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sa.UniqueConstraint("name", "version", name="uq_datasets_name_version"),
    )
    op.create_table(
        "models",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("is_folder", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("framework_version", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("run", sa.Text()),
        sa.PrimaryKeyConstraint("name", "version", name="pk_models"),
    )
    op.create_table(
        "datastores",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("has_secrets", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_datastores"),
    )


def _run() -> None:
    op.create_table(
        "runs",
        sa.Column("number", _COUNTED, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text()),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("script_shown", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("entry_point", sa.Text(), nullable=False),
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ended", _TIME),
        sa.Column("seconds", sa.Float()),
        sa.Column("failure_kind", sa.Text()),
        sa.Column("message", sa.Text(), nullable=False, server_default=""),
        sa.Column("environment", sa.Text(), nullable=False, server_default=""),
        sa.Column("environment_digest", sa.Text(), nullable=False, server_default=""),
        sa.Column("python", sa.Text(), nullable=False, server_default=""),
        sa.Column("policy", sa.Text(), nullable=False, server_default=""),
        sa.Column("lock", sa.Text()),
        sa.Column("log", sa.Text()),
        sa.Column("peak_memory", sa.BigInteger()),
        sa.Column("tags", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("contents_kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_runs"),
        sa.UniqueConstraint("id", name="uq_runs_id"),
    )
    for column in ("parent", "experiment", "status"):
        op.create_index(f"ix_runs_{column}", "runs", [column])


def _of_runs() -> None:
    _table_of_runs(
        "run_inputs",
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("shape", sa.Text()),
        sa.Column("kept", sa.Boolean(), nullable=False),
    )
    _table_of_runs(
        "run_results",
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
    )
    _table_of_runs(
        "run_files",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
    )
    op.create_table(
        "run_documents",
        sa.Column("run", _COUNTED, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_run_documents"),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name="fk_run_documents_run", ondelete="CASCADE"),
    )


def _table_of_runs(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("run", _COUNTED, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("run", "place", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=f"fk_{name}_run", ondelete="CASCADE"),
    )
