# expects: script_error ValueError
# remedy: The table has 3 columns or rows, but 2 names are given: rename only some with `df.rename(columns={…})`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    frame.columns = ["a", "b"]
    return frame,
