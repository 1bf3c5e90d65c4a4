"""How a moment that Transom tells as ISO text becomes a datetime, on Python 3.6 too."""

import re
from datetime import datetime, timedelta, timezone

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?(?:(Z)|([+-])(\d\d):?(\d\d))?$")


def moment(text):
    """The datetime of an ISO text, in UTC where it names no zone; None of None or of another text."""
    found = _ISO.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    numbers = [int(each) for each in found.groups()[:6]]
    microseconds = int((found.group(7) or "0").ljust(6, "0"))
    zone = timezone.utc
    if found.group(9):
        offset = timedelta(hours=int(found.group(10)), minutes=int(found.group(11)))
        zone = timezone(-offset if found.group(9) == "-" else offset)
    return datetime(*numbers, microsecond=microseconds, tzinfo=zone)
