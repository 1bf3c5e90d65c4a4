# expects: script_error ValueError
# remedy: Use `&`, `|` and `~` with brackets around each condition, `.empty` to ask for rows, or `.any()` or `.all()`.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    return frame[frame["price"] > 1 and frame["price"] < 9],
