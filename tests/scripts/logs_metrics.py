import matplotlib.pyplot as plt
import numpy as np
from azureml.core import Run


def azureml_main(dataframe1=None, dataframe2=None):
    run = Run.get_context(allow_offline=True)
    run.log("accuracy", np.float64(0.93))
    run.log("loss", 3)
    run.log("loss", 2)
    run.log_list("primes", [2, 3, 5])
    run.log_row("rows", x=1, y="a")
    run.log_row("rows", x=2)
    run.log_table("table", {"x": [1, 2], "y": np.array([3, 4])})
    run.log_image("plot", plot=plt.figure())
    run.tag("team", "blue")
    with open("a.txt", "w") as stream:
        stream.write("a")
    run.upload_file("kept/a.txt", "a.txt")
    run.upload_folder("folder", "Script Bundle")
    print(run.get_file_names())
