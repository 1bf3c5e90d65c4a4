"""Swaps a file that it hands over, for a link and for others, and changes it through all that leads to it."""

import mmap
import os
import threading

from attack import BAIT, attack, every, until
from link import HANDED, took

SIZE = 6 << 20


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place, over = os.path.join(HANDED, "swapped"), threading.Event()

    def write():
        with open(place + ".new", "wb") as stream:
            stream.write(b"x" * SIZE)
        os.replace(place + ".new", place)

    def swap():
        while not over.is_set():
            try:
                os.symlink(BAIT["ssh_key"], place + ".link")
                os.replace(place + ".link", place)
                write()
            except OSError:
                continue

    def change(stream, shared):
        number = 0
        while not over.is_set():
            number = (number + 1) % 256
            shared[number] = shared[SIZE - 1 - number] = number
            os.pwrite(stream.fileno(), b"hostile", number * 1000)
            os.fchmod(stream.fileno(), 0o644)

    def hand(_):
        write()
        with open(place, "r+b") as stream, mmap.mmap(stream.fileno(), SIZE) as shared:
            os.link(place, os.path.join(HANDED, "other name"))
            changing = threading.Thread(target=change, args=(stream, shared))
            changing.start()
            try:
                took("swapped")
            finally:
                over.set()
                changing.join()
                over.clear()
                os.unlink(os.path.join(HANDED, "other name"))
        return ""

    try:
        every(hand, range(3))
    except LookupError:
        pass
    swapping = threading.Thread(target=swap)
    swapping.start()
    for _ in until(2):
        try:
            if took("swapped") != SIZE:
                return "handed over something else"
        except OSError:
            continue
    over.set()
    swapping.join()
    return ""
