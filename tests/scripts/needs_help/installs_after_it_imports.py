# expects: script_error ModuleNotFoundError
# remedy: Move the import of line 6 below line 7, or the installation above it.
import os


import skmisc
os.system('pip --version; echo pip install scikit-misc')


def azureml_main(dataframe1=None, dataframe2=None):
    return dataframe1,
