# expects: script_error ImportError
# remedy: Run it with `--with tables`, which adds the package for this run, or put `import os; os.system("pip install tables")` above.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    frame.to_hdf("x.h5", key="a")
    return frame,
