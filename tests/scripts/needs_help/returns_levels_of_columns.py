# expects: result_invalid
# remedy: Join the levels before you return it: `df.columns = ['_'.join(map(str, names)) for names in df.columns]`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
