"""Alembic's entry: runs the migrations on the connection that the store hands over."""

from alembic import context

from warning.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=context.config.attributes["schema"],
    transactional_ddl=True,
)
context.run_migrations()
