"""What the values of a script are likely to be: a frame, a series, a list; guessed from how names are made and used."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable

from transom.engine.checks.frame_names import OF_EVERY_FRAME
from transom.engine.checks.reading import Function, Script, words

Kinds = frozenset[str]
UNKNOWN: Kinds = frozenset()
_FRAME: Kinds = frozenset({"frame"})
_SERIES: Kinds = frozenset({"series"})
_EITHER: Kinds = frozenset({"frame", "series"})
#: A name that may hold one of these is not taken for a frame, whatever else it holds.
_CERTAINLY_OTHER = frozenset({"list", "dict", "text", "number", "array", "index", "other", "file", "groupby"})
_ROUNDS = 4

_MADE_BY = {
    "pandas.DataFrame": "frame",
    "pandas.concat": "frame",
    "pandas.merge": "frame",
    "pandas.get_dummies": "frame",
    "pandas.pivot_table": "frame",
    "pandas.crosstab": "frame",
    "pandas.melt": "frame",
    "pandas.json_normalize": "frame",
    "pandas.io.json.json_normalize": "frame",
    "pandas.merge_asof": "frame",
    "pandas.Series": "series",
    "pandas.to_numeric": "series",
    "pandas.to_datetime": "series",
    "pandas.cut": "series",
    "pandas.qcut": "series",
    "pandas.date_range": "index",
    "pandas.Index": "index",
    "pandas.MultiIndex": "multiindex",
    "pandas.MultiIndex.from_tuples": "multiindex",
    "pandas.MultiIndex.from_arrays": "multiindex",
    "pandas.MultiIndex.from_product": "multiindex",
    "pandas.ExcelWriter": "excel",
    "matplotlib.pyplot.figure": "figure",
    "matplotlib.pyplot.gcf": "figure",
    "matplotlib.pyplot.subplot": "axes",
    "matplotlib.pyplot.gca": "axes",
    "matplotlib.pyplot.axes": "axes",
    "threading.Thread": "thread",
    "collections.OrderedDict": "dict",
    "collections.defaultdict": "dict",
    "collections.deque": "list",
    "dict": "dict",
    "list": "list",
    "sorted": "list",
    "set": "list",
    "tuple": "list",
    "str": "text",
    "repr": "text",
    "int": "number",
    "float": "number",
    "len": "number",
    "range": "list",
    "open": "file",
}
_KEEPS_KIND = words(
    "copy drop dropna fillna head tail sample sort_values sort_index reset_index set_index rename assign replace astype"
    " query filter where mask clip round drop_duplicates reindex shift diff append interpolate ffill bfill nlargest"
    " nsmallest abs cumsum cumprod rank add sub mul div add_prefix add_suffix infer_objects convert_dtypes truncate"
    " explode isnull isna notnull notna applymap transform iloc loc pipe update pct_change join merge combine_first"
    " sort order dt_floor where tz_localize tz_convert rolling_mean sort_index"
)
_TO_FRAME = words(
    "to_frame pivot pivot_table melt unstack stack describe corr cov to_pandas_dataframe to_pandas transpose merge"
    " reset_index get_dummies select_dtypes crosstab from_records from_dict toPandas"
)
_AGGREGATES = words("sum mean median min max std var count size first last agg aggregate nunique quantile")
_TO_OTHER = {
    "tolist": "list",
    "to_list": "list",
    "split": "list",
    "splitlines": "list",
    "items": "list",
    "keys": "list",
    "to_dict": "dict",
    "to_numpy": "array",
    "as_matrix": "array",
    "get_values": "array",
    "to_csv": "text",
    "groupby": "groupby",
    "resample": "groupby",
    "rolling": "groupby",
    "expanding": "groupby",
    "ewm": "groupby",
    "value_counts": "series",
    "idxmax": "other",
    "add_subplot": "axes",
    "gca": "axes",
    "plot": "other",
}
_OF_FRAME = {
    "T": "frame",
    "values": "array",
    "columns": "index",
    "index": "index",
    "dtypes": "series",
    "shape": "list",
    "size": "number",
    "empty": "other",
    "loc": "locator",
    "iloc": "locator",
    "ix": "locator",
    "at": "cell",
    "iat": "cell",
    "str": "texts",
    "dt": "dates",
    "cat": "other",
    "plot": "other",
    "name": "text",
    "ftypes": "series",
    "dtype": "other",
    "ndim": "number",
    "axes": "list",
    "style": "other",
    "attrs": "dict",
    "flags": "other",
}
_SHOWS_FRAME = words(
    "columns groupby dropna iterrows itertuples set_index reset_index merge dtypes drop_duplicates sort_values"
    " pivot_table select_dtypes to_csv describe get_dummies isnull iteritems as_matrix applymap"
)
_SHOWS_EITHER = words("loc iloc ix fillna isna notnull to_frame")
_FRAME_NAME = re.compile(r"^(df|data_?frame)\d*$|^(df|dataframe)_\w+$|\w+_(df|dataframe)\d*$", re.IGNORECASE)
_NUMPY_NOT_ARRAYS = frozenset({"isnan", "sum", "mean", "load", "where", "log", "exp", "sqrt", "abs", "round"})


class Receivers:
    """The kinds of a script's values."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._bound: dict[tuple[Function | None, str], set[str]] = defaultdict(set)
        self._returned: dict[str, set[str]] = defaultdict(set)
        self._functions = {node.name: node for node in script.nodes if isinstance(node, ast.FunctionDef)}
        self._notes = {
            target.attr
            for node in script.nodes
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict | ast.DictComp)
            for target in node.targets
            if isinstance(target, ast.Attribute)
        }
        self._entry_point()
        for _ in range(_ROUNDS):
            before = sum(map(len, self._bound.values())) + sum(map(len, self._returned.values()))
            for node in script.nodes:
                self._learn(node)
            if before == sum(map(len, self._bound.values())) + sum(map(len, self._returned.values())):
                break
        self._shown = self._by_use()

    def is_one_of(self, node: ast.AST, kinds: Iterable[str]) -> bool:
        """Whether a value plausibly is of one of these kinds, and nothing speaks for another."""
        found, wanted = self.of(node), frozenset(kinds)
        return bool(found & wanted) and not found & (_CERTAINLY_OTHER - wanted)

    def of(self, node: ast.AST) -> Kinds:
        """The kinds that a value may have; empty where nothing is known."""
        if isinstance(node, ast.Name):
            return self._of_name(node)
        if isinstance(node, ast.Call):
            return self._of_call(node)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node)
        if isinstance(node, ast.Subscript):
            return self._of_subscript(node)
        if isinstance(node, ast.BinOp):
            return (self.of(node.left) | self.of(node.right)) & _EITHER or self.of(node.left)
        if isinstance(node, ast.IfExp):
            return self.of(node.body) | self.of(node.orelse)
        return _of_literal(node)

    def _entry_point(self) -> None:
        function = self._functions.get(self.script.surroundings.entry_point)
        if function is not None and self.script.is_entry:
            for each in (*function.args.posonlyargs, *function.args.args):
                self._bound[function, each.arg].add("frame")

    def _of_name(self, node: ast.Name) -> Kinds:
        function = self.script.function_of(node)
        for scope in (function, None):
            found = self._bound.get((scope, node.id))
            if found:
                return frozenset(found)
        shown = getattr(self, "_shown", {}).get((function, node.id)) or UNKNOWN
        if not shown and _FRAME_NAME.match(node.id) and node.id not in self.script.aliases:
            return _FRAME
        return shown

    def _of_call(self, node: ast.Call) -> Kinds:
        dotted = self.script.dotted(node.func)
        if dotted is None and isinstance(node.func, ast.Name):
            if node.func.id in self._functions:
                return frozenset(self._returned[node.func.id])
            dotted = node.func.id
        if dotted is not None:
            return self._of_function(dotted)
        if isinstance(node.func, ast.Attribute):
            return self._of_method(node.func)
        return UNKNOWN

    def _of_function(self, dotted: str) -> Kinds:
        if dotted in _MADE_BY:
            return frozenset({_MADE_BY[dotted]})
        last = dotted.rpartition(".")[2]
        if dotted.startswith("pandas.") and (last.startswith(("read_", "rolling_", "from_")) or "DataFrame." in dotted):
            return _FRAME
        if dotted.startswith("sklearn.") and last[:1].isupper():
            return frozenset({"estimator"})
        if dotted.startswith("numpy.") and last not in _NUMPY_NOT_ARRAYS:
            return frozenset({"array"})
        return UNKNOWN

    def _of_method(self, function: ast.Attribute) -> Kinds:
        receiver, name = self.of(function.value), function.attr
        if "text" in receiver or "texts" in receiver:
            return _SERIES if "texts" in receiver else frozenset({"text" if name != "split" else "list"})
        if receiver & {"groupby"}:
            return _EITHER if name in _AGGREGATES or name in _KEEPS_KIND | {"apply", "ffill"} else UNKNOWN
        if name in _TO_FRAME:
            return _FRAME
        if name in _TO_OTHER:
            return frozenset({_TO_OTHER[name]})
        if receiver & _EITHER:
            return self._of_frame_method(receiver & _EITHER, name)
        return receiver if name == "copy" else UNKNOWN

    @staticmethod
    def _of_frame_method(receiver: Kinds, name: str) -> Kinds:
        if name in _KEEPS_KIND:
            return receiver
        if name in _AGGREGATES:
            return _SERIES if "frame" in receiver else frozenset({"number"})
        return _EITHER if name in {"apply", "map", "squeeze"} else UNKNOWN

    def _of_attribute(self, node: ast.Attribute) -> Kinds:
        receiver = self.of(node.value)
        if node.attr == "canvas":
            return frozenset({"canvas"})
        if receiver & _EITHER:
            if node.attr in _OF_FRAME:
                kind = _OF_FRAME[node.attr]
                return receiver & _EITHER if kind == "frame" else frozenset({kind})
            return _SERIES if "frame" in receiver and self._may_be_column(node.attr) else UNKNOWN
        if receiver & {"groupby"}:
            return frozenset({"groupby"})
        return UNKNOWN

    def _may_be_column(self, name: str) -> bool:
        """Whether an attribute of a frame may be a column: nothing of its own, nothing that the script put there."""
        return name not in OF_EVERY_FRAME and not name.startswith("_") and name not in self._notes

    def _of_subscript(self, node: ast.Subscript) -> Kinds:
        receiver, key = self.of(node.value), node.slice
        if "groupby" in receiver:
            return frozenset({"groupby"})
        if "locator" in receiver:
            if isinstance(key, ast.Tuple) and len(key.elts) == 2:
                rows, columns = (isinstance(each, ast.Constant) for each in key.elts)
                return UNKNOWN if rows and columns else _SERIES if rows or columns else _EITHER
            return _EITHER
        if "frame" in receiver:
            if isinstance(key, ast.Constant):
                return _SERIES
            if isinstance(key, ast.List | ast.ListComp | ast.Compare | ast.BinOp | ast.UnaryOp | ast.Slice):
                return _FRAME
            return _EITHER
        return _SERIES if "series" in receiver and isinstance(key, ast.Compare | ast.Slice | ast.BinOp) else UNKNOWN

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.AnnAssign):
            self._bind_annotated(node)
        elif isinstance(node, ast.NamedExpr):
            self._bind(node.target, node.value)
        elif isinstance(node, ast.For):
            self._bind_loop(node)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, node.context_expr)
        elif isinstance(node, ast.Return) and node.value is not None:
            function = self.script.function_of(node)
            if function is not None:
                self._returned[function.name] |= self.of(node.value)
        else:
            self._learn_parameters(node)

    def _learn_parameters(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call):
            self._bind_parameters(node)
        elif isinstance(node, ast.arg) and node.annotation is not None:
            self._bind_parameter(node)

    def _bind(self, target: ast.AST, value: ast.AST) -> None:
        function = self.script.function_of(target)
        if isinstance(target, ast.Name):
            self._bound[function, target.id] |= self.of(value)
        elif isinstance(target, ast.Tuple):
            self._bind_several(target, value)

    def _bind_several(self, target: ast.Tuple, value: ast.AST) -> None:
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            for one, other in zip(target.elts, value.elts, strict=True):
                self._bind(one, other)
            return
        dotted = self.script.dotted(value.func) if isinstance(value, ast.Call) else None
        if dotted == "matplotlib.pyplot.subplots" and len(target.elts) == 2:
            for one, kind in zip(target.elts, ("figure", "axes"), strict=True):
                self._bind_kind(one, kind)
        elif dotted and dotted.endswith(".train_test_split") and isinstance(value, ast.Call):
            given = [kinds for each in value.args for kinds in [self.of(each)] * 2]
            for one, kinds in zip(target.elts, given, strict=False):
                for kind in kinds:
                    self._bind_kind(one, kind)

    def _bind_kind(self, target: ast.AST, kind: str) -> None:
        if isinstance(target, ast.Name):
            self._bound[self.script.function_of(target), target.id].add(kind)

    def _bind_annotated(self, node: ast.AnnAssign) -> None:
        kind = _MADE_BY.get(self.script.dotted(node.annotation) or "")
        if kind:
            self._bind_kind(node.target, kind)
        elif node.value is not None:
            self._bind(node.target, node.value)

    def _bind_loop(self, node: ast.For) -> None:
        if not isinstance(node.target, ast.Tuple) or len(node.target.elts) != 2:
            return
        if "groupby" in self.of(node.iter):
            self._bind_kind(node.target.elts[1], "frame")
        elif isinstance(node.iter, ast.Call) and getattr(node.iter.func, "attr", "") in {
            "iterrows",
            "items",
            "iteritems",
        }:
            receiver = node.iter.func.value if isinstance(node.iter.func, ast.Attribute) else node.iter
            if "frame" in self.of(receiver):
                self._bind_kind(node.target.elts[1], "series")

    def _bind_parameters(self, node: ast.Call) -> None:
        """What a function of the script is called with."""
        function = self._functions.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is None:
            return
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        for name, value in zip(names, node.args, strict=False):
            self._bound[function, name] |= self.of(value)
        for each in node.keywords:
            if each.arg in names:
                self._bound[function, each.arg] |= self.of(each.value)

    def _bind_parameter(self, node: ast.arg) -> None:
        function = self.script.function_of(node)
        kind = _MADE_BY.get(self.script.dotted(node.annotation) or "") if node.annotation else None
        if kind and function is not None:
            self._bound[function, node.arg].add(kind)

    def _by_use(self) -> dict[tuple[Function | None, str], Kinds]:
        """What a name is used as, for those that nothing else is known of."""
        found: dict[tuple[Function | None, str], Kinds] = {}
        for node in self.script.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                key = (self.script.function_of(node), node.value.id)
                if node.value.id in self.script.aliases:
                    continue
                if node.attr in _SHOWS_FRAME:
                    found[key] = _FRAME
                elif node.attr in _SHOWS_EITHER:
                    found.setdefault(key, _EITHER)
        return found


def _of_literal(node: ast.AST) -> Kinds:
    if isinstance(node, ast.List | ast.ListComp | ast.Tuple | ast.Set | ast.SetComp | ast.GeneratorExp):
        return frozenset({"list"})
    if isinstance(node, ast.Dict | ast.DictComp):
        return frozenset({"dict"})
    if isinstance(node, ast.JoinedStr):
        return frozenset({"text"})
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str | bytes):
            return frozenset({"text"})
        return frozenset({"number"}) if isinstance(node.value, int | float | complex) else UNKNOWN
    return UNKNOWN
