# expects: process_died
# remedy: Something called os._exit; leave azureml_main with `return` instead.
import os


def azureml_main(dataframe1=None, dataframe2=None):
    os._exit(3)
