import logging
import os
import subprocess
import sys
import warnings


def azureml_main(dataframe1=None, dataframe2=None):
    print("1 stdout", end=" ")
    print("no line's end")
    sys.stderr.write("2 stderr\n")
    os.system("echo 3 shell")
    subprocess.run([sys.executable, "-c", "print('4 child é')"])
    logging.warning("5 logging")
    warnings.warn("6 warning")
    os.write(1, b"7 descriptor\n")
    print("8 bytes \udcff that are no text")
