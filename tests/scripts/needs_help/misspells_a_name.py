# expects: script_error NameError
# remedy: Did you mean `threshold`?
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    threshold = 3
    return pd.DataFrame({"a": [treshold]}),
