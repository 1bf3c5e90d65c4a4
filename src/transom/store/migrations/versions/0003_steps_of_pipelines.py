"""Steps of pipelines are recorded, and of a run whether it is one of a pipeline; components can fail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make a table, and a column that says of the runs that are there that each was of a script."""
    op.add_column("runs", sa.Column("kind", sa.Text(), nullable=False, server_default="script"))
    op.create_index("ix_runs_script_shown_number", "runs", ["script_shown", "number"])
    op.create_table(
        "steps",
        sa.Column("run", _COUNTED, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False, server_default=""),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False, server_default=""),
        sa.Column("key", sa.Text()),
        sa.Column("content", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("log", sa.Text()),
        sa.Column("reused_run", sa.Text()),
        sa.Column("reused_step", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("began", _TIME),
        sa.Column("ended", _TIME),
        sa.Column("seconds", sa.Float(), nullable=False, server_default="0"),
        sa.Column("peak_memory", sa.BigInteger()),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name="fk_steps_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "name", name="pk_steps"),
    )
    op.create_index("ix_steps_key_run", "steps", ["key", "run"])
    op.create_index(
        "ix_steps_peaks",
        "steps",
        ["component", "script", "run", "peak_memory"],
        sqlite_where=sa.text("peak_memory IS NOT NULL"),
        postgresql_where=sa.text("peak_memory IS NOT NULL"),
    )
