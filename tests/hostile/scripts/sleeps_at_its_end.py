"""Returns, and lets what is called at the end sleep, and a thread that is no daemon too (by itself 20 s)."""

import atexit
import threading
import time

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    atexit.register(time.sleep, 20)
    threading.Thread(target=time.sleep, args=(20,)).start()
    return ""
