"""Time zones of every library as a short text, and back to the same library's object where it is installed."""

import datetime
import re

import pandas as pd

_OFFSET = re.compile(r"^([+-])(\d\d):(\d\d)(?::(\d\d))?$")
_DATABASE = re.compile(r".*/zoneinfo/(?:posix/|right/)?")


class ZoneUnknown(ValueError):  # noqa: N818
    """A time zone object of no known kind."""


def zone_text(zone):
    """`LIBRARY:NAME`, such as `pytz:Europe/Paris`, `zoneinfo:UTC`, `datetime:+01:30`, `dateutil:Europe/Paris`.

    ZoneUnknown for an object of another kind.
    """
    library = type(zone).__module__.split(".")[0]
    namer = _NAMERS.get(library)
    if isinstance(zone, datetime.timezone):
        namer, library = _name_of_fixed, "datetime"
    name = namer(zone) if namer else None
    if name is None:
        raise ZoneUnknown("a time zone of the type " + type(zone).__module__ + "." + type(zone).__name__)
    return library + ":" + name


def pandas_zone_of(text):
    """Like `zone_of`, of the libraries that this pandas can reckon with."""
    return zone_of(text, _pandas_knows)


def _pandas_knows(zone):
    try:
        pd.DatetimeIndex(["2020-01-01"]).tz_localize("UTC").tz_convert(zone)[0].isoformat()
        list(pd.DatetimeIndex(["2020-01-01"]).tz_localize("UTC").tz_convert(zone))
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def zone_of(text, fits=lambda _: True):
    """The time zone of a `zone_text`, from the nearest library that this environment has; ZoneUnknown without one."""
    library, _, name = text.partition(":")
    for maker in (_MAKERS.get(library), _by_zoneinfo, _by_pytz, _by_dateutil):
        try:
            zone = maker(name) if maker else None
        except (ImportError, KeyError, ValueError, OSError):
            zone = None
        if zone is not None and fits(zone):
            return zone
    raise ZoneUnknown("the time zone " + name)


def arrow_zone(text):
    """The name that Arrow and those who read it know for a `zone_text`; the values are instants in any case."""
    name = text.partition(":")[2]
    if re.match(r"^[+-]\d\d:\d\d$", name) or re.match(r"^[A-Za-z][A-Za-z0-9_+/-]*$", name):
        return name
    return "UTC"


def default_zone(name):
    """The object that this pandas itself makes of a zone's name or offset."""
    if name in ("UTC", "+00:00"):
        return pd.Timestamp("2020-01-01T00:00:00Z").tz
    if _OFFSET.match(name):
        return pd.Timestamp("2020-01-01T00:00:00" + name).tz
    return pd.Timestamp("2020-01-01", tz=name).tz


def is_default(zone, name):
    """Whether this pandas would make the very same zone of its Arrow name."""
    try:
        usual = default_zone(name)
    except (KeyError, ValueError):
        return False
    return type(usual) is type(zone) and zone_text(usual) == zone_text(zone)


def _name_of_fixed(zone):
    if zone is datetime.timezone.utc:
        return "UTC"
    return _offset_text(zone.utcoffset(None))


def _offset_text(offset):
    if offset.microseconds:
        return None
    seconds = int(offset.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    text = "{}{:02d}:{:02d}".format(sign, seconds // 3600, seconds // 60 % 60)
    return text + (":{:02d}".format(seconds % 60) if seconds % 60 else "")


def _name_by_pytz(zone):
    name = getattr(zone, "zone", None)
    return name if name else _offset_text(zone.utcoffset(None))


def _name_by_zoneinfo(zone):
    return zone.key


def _name_by_dateutil(zone):
    kind = type(zone).__name__
    if kind == "tzutc":
        return "UTC"
    if kind == "tzoffset":
        return _offset_text(zone.utcoffset(None))
    if kind == "tzlocal":
        return "*local*"
    if kind == "tzstr":
        return "=" + zone._s
    name = getattr(zone, "_filename", None)
    return _DATABASE.sub("", name) if name else None


_NAMERS = {
    "pytz": _name_by_pytz,
    "zoneinfo": _name_by_zoneinfo,
    "backports": _name_by_zoneinfo,
    "dateutil": _name_by_dateutil,
}


def _offset_of(name):
    found = _OFFSET.match(name)
    if not found:
        return None
    sign, hours, minutes, seconds = found.groups()
    offset = datetime.timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return -offset if sign == "-" else offset


def _by_datetime(name):
    if name == "UTC":
        return datetime.timezone.utc
    offset = _offset_of(name)
    return None if offset is None else datetime.timezone(offset)


def _by_pytz(name):
    import pytz

    offset = _offset_of(name)
    if offset is None:
        return pytz.timezone(name)
    if offset.total_seconds() % 60:
        return datetime.timezone(offset)
    return pytz.FixedOffset(int(offset.total_seconds() // 60))


def _by_zoneinfo(name):
    import zoneinfo

    return _by_datetime(name) if _offset_of(name) is not None else zoneinfo.ZoneInfo(name)


def _by_dateutil(name):
    from dateutil import tz

    offset = _offset_of(name)
    if name == "UTC":
        return tz.tzutc()
    if offset is not None:
        return tz.tzoffset(None, int(offset.total_seconds()))
    if name == "*local*":
        return tz.tzlocal()
    return tz.tzstr(name[1:]) if name.startswith("=") else tz.gettz(name)


_MAKERS = {"pytz": _by_pytz, "zoneinfo": _by_zoneinfo, "dateutil": _by_dateutil, "datetime": _by_datetime}
