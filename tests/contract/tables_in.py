"""Runs inside any interpreter: makes step files from code, and tells what is in step files, a request a line."""

import importlib.util
import json
import os
import sys


def load_frames(child_folder):
    """The child's frames module, loaded as the child itself loads it."""
    spec = importlib.util.spec_from_file_location("child_main", os.path.join(child_folder, "__main__.py"))
    main = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(main)
    main.load(child_folder)
    return importlib.import_module(main.PACKAGE + ".frames")


def told(frame):
    """A frame as the recorded cases tell of it."""
    return {
        "columns": list(frame.columns),
        "dtypes": [str(dtype) for dtype in frame.dtypes],
        "rows": len(frame),
        "index": [repr(label) for label in frame.index.tolist()],
        "index_names": [str(name) for name in frame.index.names],
        "values": [[repr(value) for value in frame.iloc[:, place].tolist()] for place in range(frame.shape[1])],
    }


def main(child_folder):
    frames = load_frames(child_folder)
    import numpy as np
    import pandas as pd

    for line in sys.stdin:
        request = json.loads(line)
        if "make" in request:
            answer = frames.write_frame(eval(request["make"], {"pd": pd, "np": np}), request["path"])[0]
        else:
            answer = told(frames.read_frame(request["path"])[0])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
