"""Leaves an outcome in which nothing is of the type that it should be."""

from attack import publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    failure = {
        "kind": ["x"],
        "message": {"a": 1},
        "line": "7",
        "frames": [7, {"file": 1, "line": "x", "function": [], "code": {}}],
    }
    failure.update(causes=[None, {"type": 7}], exit_code=1e400, type=[1], file={"x": 1}, function=7)
    publish_forged(
        {"status": ["succeeded"], "failure": failure, "warnings": {"x": 1}, "seconds": [1], "facts": [1], "results": 7}
    )
