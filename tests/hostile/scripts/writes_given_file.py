"""Changes a file that it was given: by its path, its descriptor, a second name, its mode, its time, in its place."""

import mmap
import os

from attack import attack, c, every
from link import given


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    path = given()
    folder = os.path.dirname(path)
    held = os.open(path, os.O_RDONLY)
    seen = os.open(path, os.O_PATH)

    def write(place):
        with open(place, "r+b") as stream:
            stream.write(b"hostile")
        return "wrote to %s" % place

    def change_mode(place):
        os.chmod(place, 0o666)
        return "changed the mode of %s" % place

    def through_second_name():
        os.link(path, "second")
        return change_mode("second") + write("second")

    def through_map():
        with mmap.mmap(held, 0, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_WRITE) as shared:
            shared[:7] = b"hostile"
        return "wrote through a map"

    def replace():
        with open("own", "wb") as stream:
            stream.write(b"hostile")
        os.replace("own", path)
        return "replaced %s" % path

    def add():
        with open(os.path.join(folder, "hostile-left"), "wb") as stream:
            stream.write(b"hostile")
        return "added a file"

    def touch():
        os.utime(held, (1, 1))
        return "changed its time"

    def mark():
        os.setxattr(held, "user.hostile", b"left")
        return "gave it an attribute"

    def cut():
        c("truncate", os.fsencode(path), 0)
        return "cut it"

    def change_owner():
        os.chown(path, os.getuid(), os.getgid())
        return "changed its owner"

    def remove():
        os.chmod(folder, 0o700)
        os.unlink(path)
        return "removed it"

    again = ["/proc/self/fd/%d" % held, "/proc/self/fd/%d" % seen]
    ways = [lambda place=place: write(place) for place in [path, *again]]
    ways += [lambda place=place: change_mode(place) + write(place) for place in [path, *again]]
    ways += [lambda: change_mode(held), through_second_name, through_map, touch, mark, cut, change_owner]
    ways += [replace, add, remove]
    return every(lambda way: way(), ways)
