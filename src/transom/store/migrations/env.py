"""How Alembic runs the revisions: on the connection that it is given, within the transaction that is going on there."""

from __future__ import annotations

from alembic import context

from transom.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
