# expects: script_error AttributeError
# remedy: Did you mean `.columns`?
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    print(frame.colums)
    return frame,
