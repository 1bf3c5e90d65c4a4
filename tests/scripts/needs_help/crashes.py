# expects: process_died
# remedy: A compiled package crashed in the line above: update that package, or pass it smaller or cleaner data.
import ctypes


def azureml_main(dataframe1=None, dataframe2=None):
    ctypes.string_at(0)
