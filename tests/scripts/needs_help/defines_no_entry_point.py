# expects: entry_point_missing
# remedy: Define `def azureml_main(dataframe1=None, dataframe2=None):`, which returns the result; `transom new` writes a script to start from.
import os
