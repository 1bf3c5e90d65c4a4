"""Leaves facts of its failure among which Transom looks for a name that is near: thousands, all of them long."""

from attack import publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    names = ["ab" * 60 + str(number) for number in range(4000)]
    facts = {"key": "ba" * 500, "columns": {f"v{n}": names[n * 40 : n * 40 + 40] for n in range(100)}, "names": names}
    facts.update(working_directory_files=names, module="ba" * 500, filename="ba" * 2000, errno=2)
    failure = {"kind": "script_error", "type": "KeyError", "message": "ba" * 10000, "file": "script.py", "line": 7}
    failure.update(
        function="f", frames=[{"file": "script.py", "line": 7, "function": "f", "code": "df['" + "ba" * 400}] * 100
    )
    publish_forged({"status": "failed", "failure": failure, "facts": facts})
