"""Hands over more than it may keep: hollow files that are huge, files that grow while they are taken, too many."""

import os
import threading

from attack import attack
from link import HANDED, ask, took

MOST = 64000000


def hollow(name, size):
    with open(os.path.join(HANDED, name), "wb") as stream:
        stream.truncate(size)


def growing(name, over):
    with open(os.path.join(HANDED, name), "wb") as stream:
        stream.write(bytes(8 << 20))
        stream.flush()
        started.set()
        while not over.is_set() and stream.tell() < 60000000:
            stream.write(bytes(1 << 20))
            stream.flush()


started = threading.Event()


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    total = 0
    for number, size in enumerate([1 << 40, 1 << 33, 60000000, 60000000, 60000000]):
        try:
            hollow("hollow%d" % number, size)
            total += took("hollow%d" % number)
        except OSError as wrong:
            print(wrong)
        if os.path.exists(os.path.join(HANDED, "hollow%d" % number)):
            os.unlink(os.path.join(HANDED, "hollow%d" % number))
    over = threading.Event()
    writer = threading.Thread(target=growing, args=("growing", over))
    writer.start()
    started.wait(5)
    try:
        total += took("growing")
    except OSError as wrong:
        print(wrong)
    over.set()
    writer.join()
    try:
        print(ask("dataset/register", files=[{"handed": "none%d" % number} for number in range(20000)]))
    except OSError as wrong:
        print(wrong)
    return "handed over %d bytes" % total if total > 2 * MOST else ""
