import pandas as pd
from joblib import Parallel, delayed


def square(x):
    return x * x


def azureml_main(dataframe1=None, dataframe2=None):
    return (pd.DataFrame({"x": Parallel(n_jobs=2)(delayed(square)(x) for x in range(4))}),)
