"""How files are read as a table: what a script says of it in Azure's words, and what stands for that in a question.

What is said as it is anyway is left out of the question.
"""

import codecs

from . import places

#: Azure's names of encodings; what is UTF-8, with a mark or without, is not said.
_ENCODINGS = {
    "utf8": None,
    "utf8bom": None,
    "iso88591": "latin-1",
    "latin1": "latin-1",
    "ascii": "ascii",
    "utf16": "utf-16",
    "utf32": "utf-32",
    "windows1252": "cp1252",
}
#: What `header` may be, by the value of PromoteHeadersBehavior; that all files have the same one is not said.
_HEADERS = {0: "none", 1: "first", 2: "each", 3: None}


class ColumnType:
    """The type that a script gives a column; `told` is what stands for it in a question."""

    def __init__(self, kind, **more):
        self.told = dict(more, type=kind)

    def __repr__(self):
        return "DataType(%s)" % self.told["type"]


def delimited(separator, header, encoding, flags):
    """What is said of delimited files. `flags` are infer_column_types, support_multi_line and empty_as_string."""
    infer, multi_line, empty_as_text = flags
    if not isinstance(separator, str) or not separator:
        raise places.wrong("The separator is a text such as ',' or '\\t', and not %s." % places.shown(separator))
    told = {"separator": None if separator == "," else separator, "encoding": _encoding(encoding)}
    told["header"] = _header(header)
    told["infer_types"] = None if infer else False
    told["multi_line"] = True if multi_line else None
    told["empty_as_text"] = True if empty_as_text else None
    return told


def json_lines(invalid_lines, encoding):
    """What is said of files of JSON lines."""
    if invalid_lines not in ("error", "drop"):
        raise places.wrong("invalid_lines is 'error' or 'drop', and not %s." % places.shown(invalid_lines))
    return {"invalid_lines": "drop" if invalid_lines == "drop" else None, "encoding": _encoding(encoding)}


def options(told, include_path, partition_format, set_column_types):
    """The options of a question: what a format says, and what all formats do."""
    if partition_format is not None and not isinstance(partition_format, str):
        raise places.wrong("partition_format is a text, and not %s." % places.shown(partition_format))
    told = dict(told, include_path=True if include_path else None, partition_format=partition_format or None)
    told["column_types"] = column_types(set_column_types)
    return {name: value for name, value in told.items() if value is not None}


def column_types(types):
    """What stands for `set_column_types`; None where it says nothing. Raises UserErrorException."""
    if not types:
        return None
    if not isinstance(types, dict):
        raise places.wrong(
            "set_column_types is a dictionary such as {'zip': DataType.to_string()}, and not %s." % places.shown(types)
        )
    told = {}
    for names, kind in types.items():
        if not isinstance(kind, ColumnType):
            raise places.wrong(
                "The type of column %r is %s; give one of azureml.data.DataType, such as DataType.to_string()."
                % (names, places.shown(kind))
            )
        for name in (names,) if isinstance(names, str) else names:
            told[str(name)] = kind.told
    return told


def _header(header):
    if isinstance(header, bool):
        return None if header else _HEADERS[0]
    value = getattr(header, "value", header)
    if isinstance(value, int) and value in _HEADERS:
        return _HEADERS[value]
    raise places.wrong("header is True, False or one of PromoteHeadersBehavior, and not %s." % places.shown(header))


def _encoding(encoding):
    name = getattr(encoding, "name", encoding)
    if not isinstance(name, str):
        raise places.wrong("The encoding is a text such as 'utf8', and not %s." % places.shown(encoding))
    plain = name.lower().replace("-", "").replace("_", "")
    if plain in _ENCODINGS:
        return _ENCODINGS[plain]
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise places.wrong("There is no encoding %r; there are: %s." % (name, ", ".join(sorted(_ENCODINGS)))) from None
