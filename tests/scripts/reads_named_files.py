import os

import pandas as pd


def azureml_main(texts, one=None):
    found = {}
    for folder, _, names in os.walk(texts):
        for name in names:
            with open(os.path.join(folder, name)) as stream:
                found[os.path.relpath(os.path.join(folder, name), texts)] = stream.read()
    if one is not None:
        with open(one) as stream:
            found[os.path.basename(one)] = stream.read()
    modes = [os.stat(texts).st_mode & 0o222] + ([] if one is None else [os.stat(one).st_mode & 0o222])
    names = sorted(found)
    return pd.DataFrame({"name": names, "text": [found[name] for name in names], "may_write": any(modes)})
