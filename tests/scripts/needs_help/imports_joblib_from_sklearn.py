# expects: script_error ImportError
# remedy: Write `import joblib`. `--environment designer-2020` still has it, with scikit-learn 0.22.2.
from sklearn.externals import joblib


def azureml_main(dataframe1=None, dataframe2=None):
    joblib.dump(1, "x")
    return dataframe1,
