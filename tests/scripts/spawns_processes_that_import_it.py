import multiprocessing

import pandas as pd


class Point:
    def __init__(self, x):
        self.x = x


def double(point):
    return Point(2 * point.x)


def azureml_main(dataframe1=None, dataframe2=None):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        points = pool.map(double, [Point(1), Point(2)])
    return (pd.DataFrame({"x": [point.x for point in points]}),)
