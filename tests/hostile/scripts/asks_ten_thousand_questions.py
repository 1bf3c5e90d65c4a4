"""Asks its workspace ten thousand times, from several threads, for what it has already been given and for nonsense."""

import threading

from attack import attack
from link import HANDED, ask

QUESTIONS = ["dataset/open", "dataset/gather", "dataset/get", "workspace/describe", "nonsense"]


def ask_often(number, places):
    for count in range(1250):
        try:
            answer = ask(QUESTIONS[(number + count) % len(QUESTIONS)], tags={"x": "y" * count})
        except OSError:
            continue
        if "files" in answer:
            places.add(answer["files"]["path"])


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    places = set()
    threads = [threading.Thread(target=ask_often, args=(number, places)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return (
        "was given the same again and again, in %d places below %s" % (len(places), HANDED) if len(places) > 2 else ""
    )
