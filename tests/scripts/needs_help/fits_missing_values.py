# expects: script_error ValueError
# remedy: scikit-learn takes no missing values here: fill them (`df.fillna(…)`, SimpleImputer) or drop them (`df.dropna()`), and replace infinities.
import pandas as pd
from sklearn.linear_model import LinearRegression


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    LinearRegression().fit(frame[["price"]], frame["Scored Labels"])
    return frame,
