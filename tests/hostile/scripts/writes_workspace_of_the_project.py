"""Changes the workspace of a project whose folder it may write: the database, other runs, contents, the folder itself."""

import os

from attack import BAIT, attack, every


def spoil(path):
    with open(path, "r+b") as stream:
        stream.write(b"hostile")
    return "overwrote %s" % path


def move_away():
    os.rename(BAIT["workspace"], BAIT["workspace"] + ".old")
    os.rename(BAIT["workspace"] + ".old", BAIT["workspace"])
    return "moved the workspace"


def add():
    with open(os.path.join(BAIT["workspace"], "hostile-left"), "w") as stream:
        stream.write("hostile")
    os.unlink(os.path.join(BAIT["workspace"], "hostile-left"))
    return "wrote into the workspace"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(os.path.join(BAIT["project"], "written.txt"), "w") as stream:
        stream.write("that is allowed")
    os.unlink(os.path.join(BAIT["project"], "written.txt"))
    ways = [lambda path=BAIT[name]: spoil(path) for name in ("database", "secrets", "other_job_file", "blob")]
    return every(lambda way: way(), [*ways, move_away, add])
