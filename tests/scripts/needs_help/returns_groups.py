# expects: result_invalid DataFrameGroupBy
# remedy: Say what to make of each group: `.sum()`, `.mean()` or `.agg(…)`, then `.reset_index()`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    return frame.groupby("make")
