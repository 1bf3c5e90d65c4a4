"""Which kinds of datastores are databases, and the class that Azure has for each."""

import importlib

_SQL = ("azureml.data.azure_sql_database_datastore", "AzureSqlDatabaseDatastore")
_POSTGRES = ("azureml.data.azure_postgre_sql_datastore", "AzurePostgreSqlDatastore")
_MYSQL = ("azureml.data.azure_my_sql_datastore", "AzureMySqlDatastore")
_CLASSES = {
    "duckdb": _SQL,
    "mariadb": _MYSQL,
    "mssql": _SQL,
    "mysql": _MYSQL,
    "oracle": _SQL,
    "postgresql": _POSTGRES,
    "snowflake": _SQL,
    "sqlite": _SQL,
}


def class_of(kind):
    """The class of datastores of that kind; None where it is no database."""
    found = _CLASSES.get(kind)
    return None if found is None else getattr(importlib.import_module(found[0]), found[1])
