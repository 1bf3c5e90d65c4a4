"""Dates, datetimes and Timestamps of any zone and precision as text, each back as exactly what it was.

`2020-01-31` is a date; `2020-01-31T12:00:00` or with six decimals a datetime; with nine decimals a pandas Timestamp;
an offset and a zone may follow: `2020-01-31T12:00:00+01:00[pytz:Europe/Paris]`.
"""

import datetime
import re

import numpy as np
import pandas as pd

from . import zones

_TEXT = re.compile(
    r"^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{6})(\d{3})?)?"
    r"([+-]\d\d:\d\d(?::\d\d(?:\.\d{6})?)?)?(?:\[(.+)\])?)?$"
)


def moment_text(value):
    """The text of a date, datetime, Timestamp or numpy datetime64; ValueError where it has none."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if not isinstance(value, datetime.datetime):
        return value.isoformat()
    decimals = ""
    plain = value
    if isinstance(value, pd.Timestamp):
        decimals = "{:03d}".format(value.nanosecond)
        plain = value.to_pydatetime(warn=False)
    naive = plain.replace(tzinfo=None)
    text = naive.isoformat(timespec="microseconds") if decimals or naive.microsecond else naive.isoformat()
    if plain.tzinfo is None:
        return text + decimals
    return text + decimals + _offset_text(plain) + "[" + zones.zone_text(plain.tzinfo) + "]"


def _offset_text(value):
    offset = value.utcoffset()
    sign, offset = ("-", -offset) if offset < datetime.timedelta(0) else ("+", offset)
    hours, minutes = divmod(offset, datetime.timedelta(hours=1))
    text = "{}{:02d}:{:02d}".format(sign, hours, minutes // datetime.timedelta(minutes=1))
    rest = minutes % datetime.timedelta(minutes=1)
    return text + (":{:02d}".format(rest.seconds) if rest else "")


def moment_of(text):
    """What `moment_text` was given; a Timestamp that this pandas cannot hold comes back as a datetime."""
    year, month, day, hour, minute, second, micro, nano, offset, zone = _TEXT.match(text).groups()
    date = datetime.date(int(year), int(month), int(day))
    if hour is None:
        return date
    time = datetime.time(int(hour), int(minute), int(second), int(micro or 0))
    value = datetime.datetime.combine(date, time)
    if zone is not None:
        value = _in_zone(value, offset, zones.zone_of(zone))
    if nano is None:
        return value
    try:
        return pd.Timestamp(value) + pd.Timedelta(int(nano), unit="ns") if int(nano) else pd.Timestamp(value)
    except (pd.errors.OutOfBoundsDatetime, OverflowError):
        return value


def _in_zone(naive, offset, zone):
    """The wall time `naive`, `offset` from UTC, as a datetime of the zone."""
    sign = -1 if offset[0] == "-" else 1
    hours, minutes, seconds = (offset[1:].split(":") + ["0"])[:3]
    shift = sign * datetime.timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    try:
        return (naive - shift).replace(tzinfo=datetime.timezone.utc).astimezone(zone)
    except OverflowError:  # within a day of the year 1 or the end of 9999
        return naive.replace(tzinfo=zone)
