# expects: script_error TypeError
# remedy: ffill and bfill are methods now. Write `frame.ffill()`. `--environment designer-2020` still has it, with pandas 0.25.3.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    return frame.fillna(method='ffill'),
