import matplotlib

matplotlib.use("TkAgg")
import matplotlib.pyplot as plt


def azureml_main(dataframe1=None, dataframe2=None):
    plt.switch_backend("Qt5Agg")
    plt.figure(1)
    plt.plot([1, 2])
    plt.savefig("saved.png")
    plt.figure(2)
    plt.plot([3, 1])
    plt.savefig("saved_then_drawn_on.png")
    plt.plot([1, 3])
    plt.figure(3)
    plt.title("never saved")
    plt.plot([5])
    plt.show()
    plt.figure(4)  # nothing on it
    plt.figure(5)
    plt.plot([1])
    plt.close()
    print("drawn")
