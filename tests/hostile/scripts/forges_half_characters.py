"""Leaves an outcome whose texts cannot be written in any encoding."""

from attack import publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    told = '{"status": "failed", "failure": {"kind": "script_error", "message": "\\ud800 \\u0000", "file": "\\udfff", "line": 1, "function": "f", "frames": [{"file": "\\ud800", "line": 1, "function": "f", "code": "\\ud800"}]}, "warnings": ["\\ud800"], "facts": {"columns": {"\\ud800": ["\\ud800"]}}}'
    publish_forged(told)
