# expects: result_invalid object
# remedy: Make its values text or numbers before you return it: `df[name] = df[name].astype(str)`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.DataFrame({"a": [object()]}),
