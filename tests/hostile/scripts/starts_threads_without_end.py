"""Starts threads until it is stopped (by itself at 3,000)."""

import threading
import time

from attack import BAIT, exhausting, until


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    threading.stack_size(65536)
    for count in until(4):
        if count >= 3000:
            break
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    time.sleep(0.5)
    return f"started {count} threads" if count >= BAIT["too_many_processes"] else ""
