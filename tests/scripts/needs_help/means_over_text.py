# expects: script_error TypeError
# remedy: A column of text is among the numbers: add `numeric_only=True`, or choose the columns first.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    return frame.groupby("Scored Labels").mean(),
