"""What the lines that a script has logged so far come to, for the script itself; `engine/metrics.py` folds the same."""


class Folded:
    """Metrics, tags and properties by name; `status` is None until one was recorded."""

    def __init__(self):
        self.metrics = {}
        self.tags = {}
        self.properties = {}
        self.status = None
        self._rows = {}
        self._logged = {}

    def take(self, line):
        """One more line."""
        kind, name, value = line["kind"], line["name"], line.get("value")
        taken = {
            "log": self._log,
            "list": self._list,
            "row": self._row,
            "tag": self._tag,
            "untag": self._untag,
            "property": self._property,
            "status": self._status,
            "child": lambda name, value: None,
        }
        taken.get(kind, self._other)(name, value)

    def _log(self, name, value):
        values = self._logged.setdefault(name, [])
        values.append(value)
        self.metrics[name] = values[0] if len(values) == 1 else values

    def _list(self, name, value):
        self._logged.setdefault(name, []).extend(value)
        self.metrics[name] = self._logged[name]

    def _row(self, name, value):
        columns, count = self._rows.get(name, ({}, 0))
        for column in value:
            columns.setdefault(column, [None] * count)
        for column, cells in columns.items():
            cells.append(value.get(column))
        self._rows[name] = columns, count + 1
        self.metrics[name] = columns

    def _tag(self, name, value):
        self.tags[name] = value

    def _untag(self, name, value):
        self.tags.pop(name, None)

    def _property(self, name, value):
        self.properties[name] = value

    def _status(self, name, value):
        self.status = value

    def _other(self, name, value):
        self.metrics[name] = value


def folded(lines):
    """What these lines, of one run and in order, come to."""
    told = Folded()
    for line in lines:
        told.take(line)
    return told
