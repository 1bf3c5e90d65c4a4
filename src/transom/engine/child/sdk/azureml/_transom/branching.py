"""The runs below a run: the `child_run`, `create_children` and `get_children` of Run."""


class Branching:
    """The part of Run that begins runs below it; `self._at(record)` is a Run by what is known of it."""

    def child_run(self, name=None, run_id=None, outputs=None):
        """Begin a run below this one, with its own metrics, tags and files: use `with`, or end it by `complete()`."""
        child = self._at(self._record.begin_child(name, run_id))
        child._begun_here = True
        return child

    def create_children(self, count=None, tag_key=None, tag_values=None):
        """Begin several runs below this one: so many, or one for each value of a tag."""
        if (count is None) == (tag_key is None or tag_values is None):
            raise ValueError("create_children takes either count, or tag_key and tag_values.")
        if count is not None:
            return [self.child_run() for _ in range(count)]
        children = []
        for value in tag_values:
            child = self.child_run()
            child.tag(tag_key, value)
            children.append(child)
        return children

    def get_children(self, recursive=False, tags=None, properties=None, type=None, status=None, **kwargs):
        """The runs below this one, the newest first, each if it has these tags, properties and status."""
        for record in reversed(self._record.children()):
            child = self._at(record)
            if child._is_among(tags, properties, status):
                yield child
            if recursive:
                for below in child.get_children(True, tags, properties, type, status):
                    yield below
