# expects: script_error KeyError
# remedy: none
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    table = {"a": 1}
    return table["b"], frame
