# expects: script_error RecursionError
# remedy: A function calls itself without end: look at the lines above that repeat.


def azureml_main(dataframe1=None, dataframe2=None):
    return azureml_main(dataframe1),
