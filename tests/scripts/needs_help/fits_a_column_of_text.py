# expects: script_error ValueError
# remedy: 'audi' is text in the column 'make': leave such columns out (`df.select_dtypes('number')`), or turn them into numbers with `pd.get_dummies(df)`.
import pandas as pd
from sklearn.linear_model import LinearRegression


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    LinearRegression().fit(frame[["make"]], frame["Scored Labels"])
    return frame,
