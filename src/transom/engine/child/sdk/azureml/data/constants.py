"""The names of datastores and their kinds that the SDK has as constants."""

from azureml._transom import behind

AZURE_BLOB = "AzureBlob"
AZURE_DATA_LAKE = "AzureDataLake"
AZURE_DATA_LAKE_GEN2 = "AzureDataLakeGen2"
AZURE_FILE = "AzureFile"
AZURE_MYSQL = "AzureMySql"
AZURE_POSTGRESQL = "AzurePostgreSql"
AZURE_SQL_DATABASE = "AzureSqlDatabase"
DBFS = "DBFS"

WORKSPACE_BLOB_DATASTORE = "workspaceblobstore"
WORKSPACE_FILE_DATASTORE = "workspacefilestore"

DIRECT_MODE = "direct"
DOWNLOAD_MODE = "download"
MOUNT_MODE = "mount"
UPLOAD_MODE = "upload"

behind.stand_before(__name__)
