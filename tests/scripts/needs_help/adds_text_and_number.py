# expects: script_error TypeError
# remedy: Turn the number into text first, with str(…) or `.astype(str)`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.DataFrame({"a": ["x" + 1]}),
