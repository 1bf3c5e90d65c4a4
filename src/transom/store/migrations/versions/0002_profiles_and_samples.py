"""Statistics of tables are kept, and of a run's inputs which dataset each was and where its first rows lie."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make a table, and two columns that are empty for the runs that are there."""
    op.create_table(
        "profiles",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_profiles"),
    )
    op.add_column("run_inputs", sa.Column("sample", sa.Text()))
    op.add_column("run_inputs", sa.Column("dataset", sa.Text()))
