"""`AzureSqlDatabaseDatastore`: a datastore that is asked with queries, and has no files."""

from azureml._transom import absent, behind
from azureml._transom.dataset_absences import DATABASE

from .abstract_datastore import AbstractDatastore


class AzureSqlDatabaseDatastore(AbstractDatastore):
    """A database; `Dataset.Tabular.from_sql_query((datastore, query))` asks it."""


absent.declare(AzureSqlDatabaseDatastore, DATABASE)

behind.stand_before(__name__)
