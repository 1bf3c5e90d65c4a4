"""Notes metrics and tags that are of wrong types, endless, or no JSON."""

import os

from attack import attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    lines = [
        "[1]",
        "7",
        "{",
        '{"kind": 7}',
        '{"kind": "log", "name": ["x"], "value": NaN}',
        '{"kind": "row", "name": "r", "value": {"\\ud800": 1}}',
    ]
    lines += [
        '{"kind": "list", "name": "l", "value": 7}',
        '{"kind": "tag", "name": "\\ud800", "value": "\\udfff"}',
        "[" * 100000,
    ]
    lines += [
        '{"kind": "log", "name": "big", "value": %s}' % ("9" * 10000),
        '{"kind": "row", "name": "r", "value": 7}',
        '{"name": {}}',
    ]
    with open(os.path.join(job_folder(), "metrics.jsonl"), "ab") as stream:
        stream.write("\n".join(lines).encode() + b"\n\xff\xfe\n" + b"\0" * 1000)
    return ""
