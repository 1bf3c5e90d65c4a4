"""How one step of a pipeline is written as Python: a call of pandas, or of a function that the script brings along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from transom.errors import WrongUse
from transom.flow.export_values import Code, called, literal
from transom.model.components import PortKind
from transom.model.pipelines import Data, FromInput, Step

if TYPE_CHECKING:
    from transom.flow.export_script import Script

_HERE = "Leave the step out of the exported script, or write it by hand."


def lines_of(script: Script, name: str) -> list[str]:
    """The statements of a step. Raises WrongUse for what has no counterpart outside of Transom."""
    step = script.pipeline.steps[name]
    if step.component.script is not None:
        return _component(script, name, step)
    return _STEPS[step.component.name](script, name, step)


def refuse(name: str, problem: str, advice: str = _HERE) -> WrongUse:
    """The error for a step that cannot be exported."""
    return WrongUse(problem=f"The step {name} cannot be exported: {problem}.", advice=advice)


def _assigned(script: Script, name: str, step: Step, call: str) -> str:
    """The call, with variables for what the step hands on; those that nobody needs are called `_`."""
    targets = [script.variable(name, port.name) for port in step.component.outputs]
    return f"{', '.join(targets)} = {call}" if set(targets) - {"_"} else call


def _without_defaults(step: Step, said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The parameters that are not what they are anyway."""
    found = {}
    for name in names or said:
        parameter = step.component.parameter(name)
        if name in said and parameter is not None and (parameter.is_required or said[name] != parameter.default):
            found[name] = said[name]
    return found


def _import_data(script: Script, name: str, step: Step) -> list[str]:
    said = script.parameters(step)
    if said["query"] is not None:
        if said["database"] is None:
            raise refuse(name, f"its query is for the datastore {said['datastore']}, which only its workspace knows")
        address = said["database"]
        script.use("read_query", packages=("sqlalchemy", *_driver(script, step)))
        password = {} if said["secret"] is None else {"password": script.secret(said["secret"])}
        return [_assigned(script, name, step, called("read_query", (address, said["query"]), password))]
    options = script.reading(said["read"] or "", name)
    options |= {"ending": said["format"]} if said["format"] else {}
    options |= {"file_column": said["file_column"]} if said["file_column"] else {}
    if said["secret"] is not None:
        raise refuse(name, "its address needs the secret of a datastore or server", "Import a copy of the file.")
    path = said["path"]
    if path is None:
        raise refuse(name, "it says neither a path nor a query", "Say what it reads.")
    if said["datastore"] is not None:
        path = f"azureml://datastores/{said['datastore']}/paths/{path}"
    return [_assigned(script, name, step, script.table(path, options))]


#: The package of the driver that a kind of database has where its address names none, and of drivers of another name.
_DRIVERS = {
    "postgres": "psycopg[binary]",
    "postgresql": "psycopg[binary]",
    "mysql": "mysqlclient",
    "mariadb": "mysqlclient",
    "mssql": "pyodbc",
    "oracle": "oracledb",
}
_PACKAGES = {
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "mysqldb": "mysqlclient",
    "mysqlconnector": "mysql-connector-python",
    "mariadbconnector": "mariadb",
    "cx_oracle": "cx_Oracle",
    "pysqlite": "",
}


def _driver(script: Script, step: Step) -> tuple[str, ...]:
    """What brings the driver of a step's database; where an input names that, the one of its value so far."""
    said = step.parameters.get("database")
    if isinstance(said, FromInput):
        said = script.pipeline.inputs[said.name].value
    if not isinstance(said, str):
        return ()
    kind, _, driver = said.partition(":")[0].partition("+")
    package = _PACKAGES.get(driver, driver) if driver else _DRIVERS.get(kind, "")
    return (package,) if package else ()


def _enter_data(script: Script, name: str, step: Step) -> list[str]:
    said = script.parameters(step)
    if any(isinstance(value, Code) for value in said.values()):
        script.use("read_text", "io")
        text = Code(f"io.StringIO({literal(said['data'])})")
        call = called("read_text", (text, said["has_header"], ",", ".", "utf-8", Code("{}")), {})
        return [_assigned(script, name, step, call)]
    from transom.flow.export_entered import columns_of

    columns = columns_of(name, said)
    inner = "".join(f"            {literal(column)}: {cells},\n" for column, cells in columns.items())
    table = f"pd.DataFrame(\n        {{\n{inner}        }}\n    )" if inner else "pd.DataFrame()"
    return [_assigned(script, name, step, table)]


def _export_data(script: Script, name: str, step: Step) -> list[str]:
    said = script.parameters(step)
    table = script.source(step.inputs["dataset"], name)
    if said["datastore"] is not None or str(said["path"] or "").startswith("azureml:"):
        raise refuse(name, "it writes to a datastore, which only its workspace knows", "Write to a path or an address.")
    if said["table"] is not None:
        script.use("write_rows", packages=("sqlalchemy", *_driver(script, step)))
        more = {key: said[key] for key in ("schema", "if_exists") if said[key] is not None}
        more |= {} if said["secret"] is None else {"password": script.secret(said["secret"])}
        return [called("write_rows", (table, said["database"], said["table"]), more)]
    if said["path"] is None:
        raise refuse(name, "it says neither a path nor a table", "Say where it writes.")
    if said["secret"] is not None or str(said["path"]).endswith("/"):
        raise refuse(name, "this place or format is Transom's own", "Let it write a CSV or Parquet file.")
    script.use("write_table", "place", packages=script.packages_for(said["path"]))
    more = {} if said["if_exists"] in (None, "replace") else {"if_exists": said["if_exists"]}
    return [called("write_table", (table, Code(f"place({literal(said['path'])})")), more)]


def _one_table(function: str) -> Callable[[Script, str, Step], list[str]]:
    """A component of one table whose parameters are those of the function."""

    def lines(script: Script, name: str, step: Step) -> list[str]:
        script.use(function)
        said = script.parameters(step)
        columns = said.pop("columns")
        given = (script.source(step.inputs["dataset"], name), columns)
        return [_assigned(script, name, step, called(function, given, _without_defaults(step, said)))]

    return lines


def _select(script: Script, name: str, step: Step) -> list[str]:
    columns = script.parameters(step)["columns"]
    table = script.source(step.inputs["dataset"], name)
    if isinstance(columns, list) and all(isinstance(each, str) for each in columns):
        return [_assigned(script, name, step, f"{table}[{literal(list(dict.fromkeys(columns)))}]")]
    script.use("select")
    return [_assigned(script, name, step, called("select", (table, columns), {}))]


_SPLITS = {
    "split_rows": "split",
    "regular_expression": "split_by_pattern",
    "relative_expression": "split_by_comparison",
}


def _split(script: Script, name: str, step: Step) -> list[str]:
    said = script.parameters(step)
    if isinstance(said["mode"], Code):
        raise refuse(name, "its mode depends on an input of the pipeline")
    function = _SPLITS[said["mode"]]
    script.use(function)
    table = script.source(step.inputs["dataset"], name)
    if function != "split":
        return [_assigned(script, name, step, called(function, (table, said["expression"]), {}))]
    named = _without_defaults(step, said, "fraction", "randomized", "seed", "stratify_by")
    return [_assigned(script, name, step, called(function, (table,), named))]


def _join(script: Script, name: str, step: Step) -> list[str]:
    script.use("join")
    said = script.parameters(step)
    tables = [script.source(step.inputs[port], name) for port in ("dataset1", "dataset2")]
    given = (*tables, said.pop("left_keys"))
    return [_assigned(script, name, step, called("join", given, _without_defaults(step, said)))]


def _sql(script: Script, name: str, step: Step) -> list[str]:
    script.use("sql", packages=("duckdb",))
    tables = {port: script.source(source, name) for port, source in step.inputs.items()}
    return [_assigned(script, name, step, called("sql", (script.parameters(step)["query"],), tables))]


def _python(script: Script, name: str, step: Step) -> list[str]:
    said = script.parameters(step)
    if isinstance(said["script"], Code):
        raise refuse(name, "its script is an input of the pipeline", "Write the script into the step.")
    shown = step.script_shown or f"{name}.py"
    source = script.constant(f"{name}_script", said["script"])
    bundle, inside = script.bundle(step.inputs.get("script_bundle"), name)
    script.use("run_script", packages=said["packages"])
    tables = [script.source_or_none(step.inputs.get(port), name) for port in ("dataset1", "dataset2")]
    more = {} if bundle is None else {"bundle": bundle}
    more |= {} if said["entry_point"] == "azureml_main" else {"entry_point": said["entry_point"]}
    call = called("run_script", (name, source, shown, tables), more)
    return [*script.imports_of(name, said["script"], inside), _assigned(script, name, step, call)]


def _component(script: Script, name: str, step: Step) -> list[str]:
    own = step.component.script
    assert own is not None
    source = script.constant(f"{name}_script", own.text)
    folder = None if own.folder is None else Data(own.folder)
    bundle, inside = script.bundle(step.inputs.get("script_bundle") or folder, name)
    given: dict[str, Any] = {}
    for port in step.component.inputs:
        connected = step.inputs.get(port.name)
        if port.name != "script_bundle":
            is_files = port.kind is PortKind.FILES
            given[port.name] = script.path(connected) if is_files else script.source_or_none(connected, name)
    given |= script.parameters(step)
    script.use("run_component")
    more = {} if bundle is None else {"bundle": bundle}
    more |= {} if own.entry_point == "azureml_main" else {"entry_point": Code(literal(own.entry_point))}
    outputs = [port.name for port in step.component.outputs]
    call = called("run_component", (name, source, own.shown, given, outputs), more)
    targets = [script.variable(name, port) for port in outputs]
    line = f"[{', '.join(targets)}] = {call}" if outputs else call
    return [*script.imports_of(name, own.text, inside), line]


_STEPS: dict[str, Callable[[Script, str, Step], list[str]]] = {
    "import_data": _import_data,
    "enter_data_manually": _enter_data,
    "export_data": _export_data,
    "edit_metadata": _one_table("edit"),
    "select_columns_in_dataset": _select,
    "split_data": _split,
    "join_data": _join,
    "apply_sql_transformation": _sql,
    "execute_python_script": _python,
}
