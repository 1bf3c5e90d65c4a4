# expects: script_error NameError
# remedy: Add `import pandas as pd` at the top.


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.DataFrame({"a": [1]}),
