# expects: script_error ImportError
# remedy: Write `from lies_beside import f`.
from .lies_beside import f


def azureml_main(dataframe1=None, dataframe2=None):
    return dataframe1,
