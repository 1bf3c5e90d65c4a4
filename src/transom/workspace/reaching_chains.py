"""Which addresses of filesystems and databases could lead to files of this machine, and what of them may be used."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.workspace.reaching_addresses import Address

if TYPE_CHECKING:
    from transom.workspace.reaching_bounds import Bounds

_HERE = frozenset({"file", "local"})
#: What lies in the memory of this process, or in the address itself.
_NOWHERE = frozenset({"memory", "data"})
#: What unpacks a file, and what keeps a copy of one, so that they lead where the next link of a chain does.
_ARCHIVES = frozenset({"zip", "tar"})
_CACHES = frozenset({"simplecache", "filecache", "blockcache", "cached"})
#: Filesystems that speak with a server, and reach nothing of this machine.
_SERVERS = frozenset(
    {
        *(
            "abfs",
            "abfss",
            "adl",
            "az",
            "box",
            "cos",
            "dropbox",
            "ftp",
            "gcs",
            "gdrive",
            "gist",
            "github",
            "gs",
            "hdfs",
        ),
        *("hf", "http", "https", "lakefs", "obs", "oci", "ocilake", "oss", "s3", "s3a", "sftp", "smb", "ssh", "tos"),
        *("wasb", "wasbs", "webdav", "webhdfs"),
    }
)
#: Databases that are servers. Others, DuckDB say, let a query read any file.
_DATABASES = frozenset(
    {
        *("postgresql", "mysql", "mariadb", "mssql", "oracle", "redshift", "snowflake", "bigquery", "databricks"),
        *("trino", "presto", "clickhouse", "clickhousedb", "cockroachdb", "hana", "vertica", "teradatasql"),
    }
)
#: What an address may say to a driver: others have it read files of this machine, give files to the server, or load
#: what lies in one as a program.
_OPTIONS = frozenset(
    {
        *("application_name", "charset", "collation", "connect_timeout", "connection timeout", "driver", "encrypt"),
        *("login_timeout", "read_timeout", "role", "schema", "service_name", "sid", "sslmode", "target_session_attrs"),
        *("timeout", "tls", "trustservercertificate", "warehouse", "write_timeout"),
    }
)
_PLAIN = re.compile(r"[\w .,\-]*")
#: What fsspec may take for the name of a filesystem within a chain.
_PROTOCOL = re.compile(r"[A-Za-z0-9_+\-]+")


def check_chain(address: Address, bounds: Bounds, *, writes: bool = False) -> None:
    """Raise CannotApply for an address of fsspec that leads where the run may not reach.

    The links of a chain (`zip://a.csv::s3://bucket/a.zip`) are looked at one by one.
    """
    if bounds.is_open:
        return
    links = [_split(link, is_chained="::" in address.text) for link in address.text.split("::")]
    schemes = [scheme for scheme, _ in links]
    for scheme, path in links:
        if scheme in _HERE:
            # what lists folders would follow links in them, and what makes of `..` what the system does not
            if not _ARCHIVES.issuperset(set(schemes) - _HERE) or ".." in path.split("/"):
                raise bounds.refused(address.shown, "it is a path in other words")
            file = Path(os.path.abspath(os.path.expanduser(path)))
            bounds.check_read(file)
            if writes:
                bounds.check_write(file, follows=True)
        elif scheme in _SERVERS:
            bounds.check_network(address.shown)
        elif scheme not in _NOWHERE | _ARCHIVES | _CACHES:
            raise bounds.refused(address.shown, f"it is not known what {scheme} leads to")


def _split(link: str, *, is_chained: bool) -> tuple[str, str]:
    """The filesystem of a link and the rest of it, as fsspec understands them."""
    if link.startswith("data:"):
        return "data", link
    scheme, mark, path = link.partition("://")
    if mark and len(scheme) > 1:
        return scheme.lower(), path
    if is_chained and not mark and _PROTOCOL.fullmatch(link):
        return link.lower(), ""
    return "file", link


def check_database(address: Address, backend: str, options: Mapping[str, Any], bounds: Bounds) -> None:
    """Raise CannotApply for a database, or for what its address says to the driver, that may not be used."""
    if bounds.is_open:
        return
    if backend not in _DATABASES:
        raise bounds.refused(address.shown, f"it is not known what {backend} reads of this machine")
    for name, value in options.items():
        values = [value] if isinstance(value, str) else value
        if name.lower() not in _OPTIONS or not all(map(_PLAIN.fullmatch, values)):
            raise bounds.refused(address.shown, f"what it says of {name} is more than a plain connection needs")
    bounds.check_network(address.shown)
