# expects: script_error RuntimeError
# remedy: none


def azureml_main(dataframe1=None, dataframe2=None):
    raise RuntimeError("no cars today")
