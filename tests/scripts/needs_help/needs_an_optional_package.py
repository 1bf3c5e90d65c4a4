# expects: script_error ImportError
# remedy: Run the script with `transom run --with tables`, which adds the package for one run, or put `import os; os.system("pip install tables")` above.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"Scored Labels": [1, 2], "price": [3.5, None], "make": ["audi", "?"]})
    frame.to_hdf("x.h5", key="a")
    return frame,
