"""The frames that the tests send through step files, as expressions that every pandas which can evaluates anew."""

import collections

#: What comes back equal in the environment that wrote it, without a word.
EQUAL = {
    "numbers of every width": "table(*[extremes(name) for name in number_names()])",
    "floats with NaN, both infinities and a negative zero": "table([np.nan, np.inf, -np.inf, -0.0, 5e-324])",
    "float32 with NaN": "table(np.array([1.5, np.nan], 'f4'), np.array([1.5, np.nan], 'f2'))",
    "numbers of the other byte order": "table(np.array([1, 2], '>i4'), np.array([1.5, np.nan], '>f8'))",
    "booleans": "table([True, False, True], [True, True, True])",
    "text, empty text and missing": "table(['a', '', None], objects('a', '', None), objects(None, np.nan, 'é\\0😀'))",
    "bytes": "table(objects(b'a', b'', None, b'\\xff'))",
    "objects of booleans": "table(objects(True, None, False), objects(True, True, False), objects(np.bool_(True), None, None))",
    "objects of integers": "table(objects(1, None, 2), objects(1, 2, 3), objects(np.int8(1), np.nan, 2))",
    "objects of integers beyond int64": "table(objects(2**63, -2**63, None), objects(10**30, 1, 2))",
    "objects of floats": "table(objects(1.5, None, np.nan), objects(1.0, 2.0, 3.0), objects(np.float32(1.5), None, np.inf))",
    "objects of complex numbers": "table(objects(1 + 2j, None, 3j))",
    "objects of dates of the years 1 and 9999": "table(objects(date(1, 1, 1), None, date(9999, 12, 31)))",
    "objects of times": "table(objects(datetime.time(1, 2, 3, 4), None, datetime.time(23, 59, 59, 999999)))",
    "objects of datetimes": "table(objects(moment(1, 1, 1), None, moment(9999, 12, 31, 23, 59, 59, 999999)))",
    "objects of dates and datetimes": "table(objects(date(2020, 1, 2), moment(2020, 1, 2, 3, 4, 5, 6), moment(1, 1, 1), None))",
    "objects of datetimes with a zone": (
        "table(objects(moment(2020, 1, 1, tzinfo=datetime.timezone.utc), None,"
        " moment(1, 1, 1, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=-5, minutes=-30)))))"
    ),
    "objects of datetimes with and without zones": (
        "table(objects(moment(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2))), moment(2020, 1, 1),"
        " pd.Timestamp('2020-07-01 12:00', tz='Europe/Paris'), pd.Timestamp('2020-01-01 00:00:00.123456789')))"
    ),
    "objects of Timestamps": "table(objects(pd.Timestamp('2020-01-01 00:00:00.000000001'), pd.NaT, pd.Timestamp('1700-01-01')))",
    "objects of timedeltas": (
        "table(objects(datetime.timedelta(1, 2, 3), None, datetime.timedelta(-1)),"
        " objects(pd.Timedelta(1, unit='ns'), pd.NaT, datetime.timedelta(1)))"
    ),
    "objects of decimals": (
        "table(objects(*map(decimal.Decimal, '1.1 1.100 1E+10 -0 Infinity'.split()))).assign(b=objects("
        "decimal.Decimal('NaN'), None, decimal.Decimal('sNaN'), decimal.Decimal('1e-400'), np.nan))"
    ),
    "objects that are all missing": "table(objects(None, None), objects(np.nan, np.nan), objects(pd.NaT, None))",
    "no rows": "table(*[np.zeros(0, name) for name in number_names()]).assign(o=objects(), t=stamps(), p=pd.PeriodIndex([], freq='M'), c=pd.Categorical([]), i=pd.IntervalIndex.from_breaks([0.5]), z=np.zeros(0, complex))",
    "no columns": "pd.DataFrame(index=range(5))",
    "no columns, and labels of text": "pd.DataFrame({'a': [1, 2]})[[]]",
    "nothing at all": "pd.DataFrame()",
    "datetimes": "table(stamps('2020-01-01', None, '1678-01-01 00:00:00.123456789'), stamps('2020-01-01', '1999-01-01', '2262-01-01'))",
    "datetimes of every unit": "table(*[np.array(['0001-01-01', 'NaT', '9999-12-31'], 'M8[%s]' % unit) for unit in ('s', 'ms', 'us')])",
    "timedeltas": "table(pd.Series(pd.to_timedelta([1, None, -5], unit='ns')))",
    "timedeltas of every unit": "table(*[np.array([1, 'NaT', -10**12], 'm8[%s]' % unit) for unit in ('s', 'ms', 'us')])",
    "datetimes of a zone": "table(stamps('2020-01-01', None, '2020-07-01').dt.tz_localize('Europe/Paris'))",
    "datetimes of UTC": "table(stamps('2020-01-01', None).dt.tz_localize('UTC'))",
    "datetimes of a fixed offset": "table(stamps('2020-01-01', None).dt.tz_localize('UTC').dt.tz_convert(datetime.timezone(datetime.timedelta(hours=5, minutes=30))))",
    "datetimes of a zone of pytz": "table(stamps('2020-01-01', None).dt.tz_localize(__import__('pytz').timezone('America/New_York')), stamps('2020-01-01', None).dt.tz_localize(__import__('pytz').FixedOffset(90)))",
    "datetimes of a zone of zoneinfo": "table(stamps('2020-01-01', None).dt.tz_localize(__import__('zoneinfo').ZoneInfo('America/New_York')))",
    "datetimes of a zone of dateutil": "table(stamps('2020-01-01', None).dt.tz_localize(__import__('dateutil.tz').tz.gettz('America/New_York')))",
    "datetimes of fixed zones of dateutil": "table(*[stamps('2020-01-01', None).dt.tz_localize('UTC').dt.tz_convert(zone) for zone in (__import__('dateutil.tz').tz.tzutc(), __import__('dateutil.tz').tz.tzoffset(None, 5400))])",
    "datetimes of a zone and of another unit": "table(pd.Series(np.array(['1950-01-01', 'NaT'], 'M8[s]')).dt.tz_localize('UTC').dt.tz_convert('Asia/Tokyo'))",
    "periods of every frequency": "table(*[pd.Series(pd.PeriodIndex(['2020-03-29', None, '1900-01-01', '2300-01-01'], freq=freq)) for freq in ('A', 'Q', 'M', 'W', 'D', 'Q-JAN', 'A-JUN', 'W-WED')])",
    "periods of the day's parts": "table(*[pd.Series(pd.PeriodIndex(['2020-03-29 12:34:56', None, '1900-01-01'], freq=freq)) for freq in ('H', 'T', 'S', 'L', 'U', 'N')])",
    "periods by their new names": "table(*[pd.Series(pd.PeriodIndex(['2020-03-29 12:34:56', None, '1900-01-01'], freq=freq)) for freq in ('Y', 'h', 'min', 's', 'ms', 'us', 'ns')])",
    "periods of several months and of business days": "table(pd.Series(pd.period_range('2020-01', periods=3, freq='2M')), pd.Series(pd.PeriodIndex(['2020-01-01', None, '2020-01-03'], freq='B')))",
    "periods of the years 1 and 9999": "table(pd.Series([pd.Period(year=1, month=1, freq='M'), pd.Period(year=9999, month=12, freq='M'), pd.NaT]))",
    "periods beyond the years that have a text": "table(pd.Series([pd.Period(ordinal=-10**6, freq='D'), pd.Period(ordinal=10**7, freq='D')]))",
    "intervals of every closedness": "table(*[pd.Series(pd.IntervalIndex.from_breaks([0, 1, 2], closed=closed)) for closed in ('left', 'right', 'both', 'neither')])",
    "intervals of floats with missing ones": "table(pd.Series(pd.IntervalIndex.from_tuples([(0.5, 1.5), np.nan, (-np.inf, np.inf)])))",
    "intervals of dates": "table(pd.Series(pd.IntervalIndex.from_breaks(pd.to_datetime(['2020-01-01', '2020-02-01', '2020-03-01']))), pd.Series(pd.IntervalIndex.from_breaks(pd.to_datetime(['2020-01-01', '2020-02-01', '2020-03-01']).tz_localize('Europe/Paris'))), pd.Series(pd.IntervalIndex.from_breaks(pd.to_timedelta([1, 2, 3]))))",
    "intervals of small numbers": "table(pd.Series(pd.IntervalIndex.from_breaks(np.array([0, 1, 2], 'f4'))), pd.Series(pd.IntervalIndex.from_breaks(np.array([0, 1, 2], 'u8'))))",
    "categories of text": "table(pd.Categorical(['b', None, 'a'], categories=['b', 'a', 'unused']), pd.Categorical(['b', None, 'a'], categories=['b', 'a'], ordered=True))",
    "categories of objects of text": "table(pd.Categorical(['b', None], categories=pd.Index(['b', ''], dtype=object)))",
    "categories of numbers": "table(pd.Categorical([2, None, 1]), pd.Categorical([0.5, None, -1.5]), pd.Categorical([True, None, False]))",
    "categories of small numbers": "table(pd.Categorical.from_codes([0, -1], categories=pd.Index([5, 6], dtype='uint8')), pd.Categorical.from_codes([0, -1], categories=pd.Index([.5], dtype='float32')))",
    "categories of dates": "table(pd.Categorical(pd.to_datetime(['2020-01-01', None, '2019-01-01'])), pd.Categorical(pd.to_datetime(['2020-01-01', None, '2019-01-01']).tz_localize('Europe/Paris')), pd.Categorical(pd.to_timedelta([1, None, 2])), pd.Categorical(objects(date(1, 1, 1), None, date(2020, 1, 1))))",
    "categories of intervals": "table(pd.cut([1, 2, 3], [0, 1, 2]), pd.qcut([1., 2., 3., 4.][:3], 2), pd.cut([1, 2, 3], [0, 1, 2], right=False))",
    "categories of periods": "table(pd.Categorical(pd.PeriodIndex(['2020-01', None, '2020-03'], freq='M')))",
    "categories of integers as objects": "table(pd.Categorical([10**30, None, 1]), pd.Categorical([decimal.Decimal('1.10'), None, decimal.Decimal('2')]))",
    "categories of tuples' number, more than 127": "table(pd.Categorical(range(300)), pd.Categorical(list(map(str, range(300)))))",
    "categories with no value": "table(pd.Categorical([None, None]), pd.Categorical([None, None], categories=['a']))",
    "complex numbers": "table(np.array([1 + 2j, np.nan, complex(np.inf, -0.0)]), np.array([1 + 2j, np.nan, 0], 'c8'))",
    "sparse columns": "table(sparse(0, 0, 1), sparse(np.nan, 1.5, np.nan), sparse(1, 1, 0, fill_value=1), sparse(True, False, False, fill_value=False), sparse(1., 0., np.nan, fill_value=0.))",
    "sparse columns of small numbers": "table(pd.Series(pd.arrays.SparseArray(np.array([0, 1, 0], 'i1'))), pd.Series(pd.arrays.SparseArray(np.array([0, np.nan, 1], 'f4'))))",
    "nullable integers": "table(*[pd.array([1, None, 2], dtype=name) for name in ('Int8', 'Int16', 'Int32', 'Int64', 'UInt8', 'UInt16', 'UInt32', 'UInt64')])",
    "nullable integers at their ends": "table(pd.array([2**63 - 1, None, -2**63], dtype='Int64'), pd.array([2**64 - 1, None, 0], dtype='UInt64'), pd.array([1, 2, 3], dtype='Int64'))",
    "nullable booleans": "table(pd.array([True, None, False], dtype='boolean'), pd.array([True, True, False], dtype='boolean'))",
    "nullable floats": "table(pd.array([1.5, None, 2], dtype='Float64'), pd.array([1.5, None, np.inf], dtype='Float32'), pd.arrays.FloatingArray(np.array([np.nan, 1, 2]), np.array([False, True, False])))",
    "nullable text": "table(pd.array(['a', None, ''], dtype='string'))",
    "nullable text of every storage": "table(*[pd.array(['a', None, ''], dtype=pd.StringDtype(storage)) for storage in ('python', 'pyarrow')])",
    "text of pandas 3 of every storage": "table(*[pd.array(['a', None, ''], dtype=pd.StringDtype(storage, na_value=np.nan)) for storage in ('python', 'pyarrow')])",
    "arrow numbers and text": "table(*[pd.Series([1, None, 2], dtype=pd.ArrowDtype(kind)) for kind in (pa.int8(), pa.uint64(), pa.float32(), pa.decimal128(10, 3))] + [pd.Series(['a', None, ''], dtype=pd.ArrowDtype(kind)) for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string()))])",
    "arrow times": "table(*[pd.Series([1, None, 2], dtype=pd.ArrowDtype(pa.int64())).astype(pd.ArrowDtype(kind)) for kind in (pa.timestamp('us'), pa.timestamp('ns', 'Europe/Paris'), pa.duration('s'), pa.time64('ns'), pa.date64())] + [pd.Series([date(1, 1, 1), None, None], dtype=pd.ArrowDtype(pa.date32())), pd.Series([True, None, False], dtype=pd.ArrowDtype(pa.bool_()))])",
    "arrow lists and structs": "table(pd.Series([[1], None, []], dtype=pd.ArrowDtype(pa.list_(pa.int64()))), pd.Series([{'x': 1}, None, {'x': None}], dtype=pd.ArrowDtype(pa.struct([('x', pa.int64())]))))",
    "an arrow column of several chunks": "pd.concat([table(pd.array(['a', None], dtype='str')), table(pd.array(['b', ''], dtype='str'))], ignore_index=True)",
    "arrays of numbers in cells": "table(objects(np.array([1, 2]), np.array([3]), None, np.array([], 'i8')), objects(np.array([1.5, np.nan]), None, None, None))",
    "an index of text": "pd.DataFrame({'a': [1, 2]}, index=['x', 'y'])",
    "an index of integers with a name": "pd.DataFrame({'a': [1, 2]}, index=pd.Index([5, 3], name='key'))",
    "an index named as a column is": "pd.DataFrame({'a': [1, 2]}, index=pd.Index([5, 3], name='a'))",
    "an index with a name that is no text": "pd.DataFrame({'a': [1, 2]}, index=pd.Index([5, 3], name=7))",
    "an index named by a tuple": "pd.DataFrame({'a': [1, 2]}, index=pd.Index([5, 3], name=('x', 1)))",
    "a range with a name, a start and a step": "pd.DataFrame({'a': [1, 2]}, index=pd.RangeIndex(10, 14, 2, name='n'))",
    "a range that counts down": "pd.DataFrame({'a': [1, 2]}, index=pd.RangeIndex(1, -1, -1))",
    "an index of dates": "pd.DataFrame({'a': [1, 2]}, index=pd.date_range('2020-01-01', periods=2, name='when'))",
    "an index of dates with a zone": "pd.DataFrame({'a': [1, 2]}, index=pd.date_range('2020-01-01', periods=2, tz='Europe/Paris'))",
    "an index of durations": "pd.DataFrame({'a': [1, 2]}, index=pd.to_timedelta([1, 2], unit='s'))",
    "an index of periods": "pd.DataFrame({'a': [1, 2]}, index=pd.period_range('2020-01', periods=2, freq='M', name='m'))",
    "an index of intervals": "pd.DataFrame({'a': [1, 2]}, index=pd.interval_range(0, 2))",
    "an index of categories": "pd.DataFrame({'a': [1, 2]}, index=pd.CategoricalIndex(['x', 'y'], ordered=True))",
    "an index of floats": "pd.DataFrame({'a': [1, 2]}, index=[0.5, np.nan])",
    "an index of booleans": "pd.DataFrame({'a': [1, 2]}, index=pd.Index([True, False]))",
    "an index of small integers": "pd.DataFrame({'a': [1, 2]}, index=pd.Index(np.array([1, 2], 'u1')))",
    "an index of objects of integers": "pd.DataFrame({'a': [1, 2]}, index=pd.Index([1, 2], dtype=object))",
    "an index of objects of dates": "pd.DataFrame({'a': [1, 2]}, index=pd.Index([date(1, 1, 1), date(2020, 1, 1)]))",
    "an index of nullable integers": "pd.DataFrame({'a': [1, 2]}, index=pd.Index(pd.array([1, None], dtype='Int64')))",
    "an index of complex numbers": "pd.DataFrame({'a': [1, 2]}, index=pd.Index([1j, 2j]))",
    "an index of several levels": "pd.DataFrame({'a': [1, 2]}, index=pd.MultiIndex.from_tuples([('x', 1), ('y', 2)], names=['k', None]))",
    "an index of levels of the same name": "pd.DataFrame({'a': [1, 2]}, index=pd.MultiIndex.from_tuples([('x', 1), ('y', 2)], names=['k', 'k']))",
    "an index of levels named as a column is": "pd.DataFrame({'a': [1, 2], '__index_level_0__': [3, 4]}, index=pd.MultiIndex.from_tuples([('x', 1), ('y', 2)], names=[None, 'a']))",
    "an index of several levels with missing ones": "pd.DataFrame({'a': [1, 2]}, index=pd.MultiIndex.from_arrays([['x', None], pd.to_datetime(['2020-01-01', None])]))",
    "an index of several levels without rows": "pd.DataFrame({'a': [1, 2]}, index=pd.MultiIndex.from_arrays([['x', 'y'], pd.to_datetime(['2020-01-01', None]), [1, 2]]))[:0].pipe(lambda one: one.set_index(one.index.remove_unused_levels()))",
    "an index of one level": "pd.DataFrame({'a': [1, 2]}, index=pd.MultiIndex.from_arrays([['x', 'y']], names=['one']))",
    "rows taken out of a frame": "pd.DataFrame({'a': [1, 2, 3]})[::2]",
    "an index without columns": "pd.DataFrame(index=['x', 'y'])",
    "columns with a name": "pd.DataFrame({'a': [1, 2]}).rename_axis('labels', axis=1)",
    "columns with labels held as objects": "pd.DataFrame([[1, 2]], columns=pd.Index(['a', 'b'], dtype=object))",
    "columns with labels of nullable text": "pd.DataFrame([[1, 2]], columns=pd.Index(['a', 'b'], dtype='string'))",
    "names that are hard to write": "pd.DataFrame([[1] * 5], columns=['', ' ', 'é😀', 'a\\0b', 'index'])",
    "strided memory": "pd.DataFrame(np.arange(12.0).reshape(3, 4), columns=list('abcd'))[::-1]",
    "an index with a name and numbers of missing and big integers": "pd.DataFrame({'a': objects(1, None)}, index=pd.Index(objects(10**30, 5), name='big'))",
}

#: The words of the warning that each brings, and what comes back (None: only that it is warned of).
WARNED = {
    "objects of UUIDs": (
        "table(objects(uuid.UUID(int=1), None))",
        "UUID come back as text",
        "table(objects(str(uuid.UUID(int=1)), None))",
    ),
    "lists in cells": (
        "table(objects([1, 2], None, []))",
        "come back as arrays",
        "table(objects(np.array([1, 2]), None, np.array([], 'i8')))",
    ),
    "tuples in cells": (
        "table(objects((1.5, 2), None))",
        "come back as arrays",
        "table(objects(np.array([1.5, 2]), None))",
    ),
    "lists of text in cells": (
        "table(objects(['a', None], None))",
        "come back as arrays",
        "table(objects(np.array(['a', None], dtype=object), None))",
    ),
    "sets in cells": ("table(objects({2, 1}, None))", "JSON text", "table(objects('[1, 2]', None))"),
    "dicts in cells": (
        "table(objects({'é': [1, None]}, None))",
        "JSON text",
        "table(objects('{\"é\": [1, null]}', None))",
    ),
    "lists and dicts in cells": (
        "table(objects({'a': 1}, [1, 'x']))",
        "JSON text",
        "table(objects('{\"a\": 1}', '[1, \"x\"]'))",
    ),
    "text and numbers": (
        "table(objects('a', 3.0, 3, True, None))",
        "come back as text",
        "table(objects('a', '3.0', '3', 'True', None))",
    ),
    "integers and floats": ("table(objects(1, 2.5, None))", "come back as text", "table(objects('1', '2.5', None))"),
    "integers and booleans": ("table(objects(1, True))", "come back as text", "table(objects('1', 'True'))"),
    "bytearrays": (
        "table(objects(bytearray(b'a'), b'b', None))",
        "come back as bytes",
        "table(objects(b'a', b'b', None))",
    ),
    "times with a zone": (
        "table(objects(datetime.time(1, tzinfo=datetime.timezone.utc)))",
        "come back as text",
        "table(objects('01:00:00+00:00'))",
    ),
    "durations beyond 64 bits": (
        "table(objects(datetime.timedelta(999999999)))",
        "come back as text",
        "table(objects('999999999 days, 0:00:00'))",
    ),
    "objects of periods": (
        "table(objects(pd.Period('2020-01', 'M'), pd.Period('2020-01-05', 'D')))",
        "come back as text",
        "table(objects('2020-01', '2020-01-05'))",
    ),
    "categories of tuples": (
        "table(pd.Categorical.from_codes([0, -1, 1], objects((1, 2), (3, 4)).values))",
        "come back as text",
        "table(pd.Categorical.from_codes([0, -1, 1], pd.Index(['(1, 2)', '(3, 4)'], dtype=object)))",
    ),
    "categories of mixed kinds": ("table(pd.Categorical([1, '1', 'a', None]))", "come back as text", None),
    "column names that are numbers": (
        "pd.DataFrame([[1, 2]])",
        "became text",
        "pd.DataFrame([[1, 2]], columns=['0', '1'])",
    ),
    "column names that stand twice": (
        "pd.DataFrame([[1, 2, 3, 4]], columns=['x', 'x', 'x', 'x_0'])",
        "another column 'x'",
        "pd.DataFrame([[1, 2, 3, 4]], columns=['x', 'x_1', 'x_2', 'x_0'])",
    ),
    "columns with labels of categories": (
        "pd.DataFrame([[1, 2]], columns=pd.CategoricalIndex(['a', 'b']))",
        "plain text",
        "pd.DataFrame([[1, 2]], columns=['a', 'b'])",
    ),
    "an index named by a date": (
        "pd.DataFrame({'a': [1]}, index=pd.Index([5], name=date(2020, 1, 1)))",
        "became text",
        "pd.DataFrame({'a': [1]}, index=pd.Index([5], name='2020-01-01'))",
    ),
}

#: The column and the words of the error.
REFUSED = {
    "objects of a class": ("table([1], objects(object()))", "b", "object"),
    "fractions": ("table(objects(fractions.Fraction(1, 3)))", "a", "fractions.Fraction"),
    "text that is no Unicode": ("table([1, 2], objects('\\ud800', 'a'))", "b", "Unicode"),
    "a name that is no Unicode": (
        "pd.DataFrame([[1]], columns=pd.Index(['\\ud800'], dtype=object))",
        "\ud800",
        "Unicode",
    ),
    "very wide floats": ("table(np.array([1], np.longdouble))", "a", "64 bits"),
    "very wide complex numbers": ("table(np.array([1], np.clongdouble))", "a", "64 bits"),
    "frames in cells": ("table(objects(pd.DataFrame()))", "a", "DataFrame"),
    "a list that holds itself": ("table(objects((lambda one: [one.append(one), one][1])([1])))", "a", "recursion"),
    "functions in dicts": ("table(objects({'f': print}))", "a", "builtin_function_or_method"),
}

#: What a dtype becomes in a pandas older than `since`: `dtype` and `shown` for people, `becomes` as pandas says it;
#: `part` where what changes is not the dtype of the column itself; `example` makes a frame of the newest pandas.
Row = collections.namedtuple("Row", ["dtype", "becomes", "shown", "since", "example", "part"])


def row(dtype, becomes, since, example, shown=None, part=False):
    return Row("`" + dtype + "`", becomes, shown or "`" + becomes + "`", since, example, part)


OLDER = (
    row("str", "object", "3.0", "table(['a', None])"),
    row("string", "object", "1.0", "table(pd.array(['a', None], dtype=pd.StringDtype('python')))"),
    row(
        "string[pyarrow]",
        "string",
        "1.3",
        "table(pd.array(['a'], dtype=pd.StringDtype('pyarrow')))",
        "`string`, held by Python; `object` before 1.0",
        True,
    ),
    row("boolean", "object", "1.0", "table(pd.array([True, None], dtype='boolean'))"),
    row("Float32", "float32", "1.2", "table(pd.array([1.5, None], dtype='Float32'))"),
    row("Float64", "float64", "1.2", "table(pd.array([1.5, None], dtype='Float64'))"),
    row("datetime64[us]", "datetime64[ns]", "2.0", "table(np.array(['2020-01-01', 'NaT'], 'M8[us]'))"),
    row(
        "datetime64[s, Europe/Paris]",
        "datetime64[ns, Europe/Paris]",
        "2.0",
        "table(np.array(['2020-01-01', 'NaT'], 'M8[s]')).apply(lambda one: one.dt.tz_localize('Europe/Paris'))",
    ),
    row(
        "datetime64[us]",
        "object",
        "2.0",
        "table(np.array(['0001-01-01', 'NaT'], 'M8[us]'))",
        "`object` of datetime, where a value is before 1677 or after 2262",
    ),
    row("timedelta64[s]", "timedelta64[ns]", "2.0", "table(np.array([1, 'NaT'], 'm8[s]'))"),
    row(
        "timedelta64[s]",
        "object",
        "2.0",
        "table(np.array([10**11, 'NaT'], 'm8[s]'))",
        "`object` of timedelta, where a value is beyond 292 years",
    ),
    row(
        "interval[float32, right]",
        "interval[float64]",
        "3.0",
        "table(pd.IntervalIndex.from_breaks(np.array([0, 1], 'f4')))",
    ),
    row(
        "interval[datetime64[us], right]",
        "interval[datetime64[ns]]",
        "2.0",
        "table(pd.IntervalIndex.from_breaks(np.array(['2020-01-01', '2020-01-02'], 'M8[us]')))",
    ),
    row(
        "int64[pyarrow]",
        "float64",
        "1.5",
        "table(pd.Series([1, None], dtype=pd.ArrowDtype(pa.int64())))",
        "`float64` where values are missing, else `int64`",
    ),
    row(
        "string[pyarrow] (ArrowDtype)",
        "object",
        "1.5",
        "table(pd.Series(['a', None], dtype=pd.ArrowDtype(pa.string())))",
    ),
    row(
        "date32[day][pyarrow]",
        "object",
        "1.5",
        "table(pd.Series([date(2020, 1, 1), None], dtype=pd.ArrowDtype(pa.date32())))",
        "`object` of date",
    ),
    row(
        "category",
        "category",
        "2.0",
        "table(pd.Categorical.from_codes([0, -1], categories=pd.Index([5, 6], dtype='uint8')))",
        "`category`, its categories of 8, 16 or 32 bits wider ones of 64",
        True,
    ),
    row(
        "an index of uint8",
        "uint64",
        "2.0",
        "pd.DataFrame({'a': [1]}, index=pd.Index([5], dtype='uint8'))",
        "an index of `uint64`; so with every number of less than 64 bits",
        True,
    ),
)
