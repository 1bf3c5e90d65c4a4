"""Changes what every script and Transom itself use: builtins, pandas, numpy, os, sys, threads and signals."""

import atexit
import builtins
import io
import os
import signal
import sys
import threading

import numpy
import pandas
from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def broken(*given, **named):
        raise RuntimeError("hostile")

    builtins.hostile_left = True
    pandas.DataFrame.hostile_left = True
    numpy.hostile_left = True
    sys.modules["hostile_left"] = sys
    os.environ["HOSTILE_LEFT"] = "1"
    os.umask(0o777)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    sys.setswitchinterval(100)
    atexit.register(broken)
    pandas.DataFrame.to_dict = broken
    io.open = broken
    return ""
