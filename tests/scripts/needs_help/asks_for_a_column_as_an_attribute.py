# expects: script_error AttributeError
# remedy: The column is called 'price': write `frame['price']`. frame has the columns 'Scored Labels', 'price', 'make'.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    return frame.prise.to_frame(),
