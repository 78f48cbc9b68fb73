"""What no schema can say, put right before each call.

Only values that are valid already are replaced, and by valid ones, so whether a call is to be accepted stays the same.
"""

import datetime
import hashlib
import urllib.parse

import schemathesis

# Nobody listens there: a webhook is refused at once, and no stranger is ever called.
NOBODY = "127.0.0.1:1"
# The limit of the document. What is longer is to be refused, and would no longer be once it is replaced.
URL_CHARACTERS = 2048


def without_strangers(url):
    """The URL on a host of nobody; still another one where it was another."""
    if len(url) > URL_CHARACTERS:
        return url
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname
    except ValueError:
        return url
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        return url
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    return f"{parts.scheme}://{NOBODY}/{digest}"


def born(date):
    """A date that has been."""
    try:
        future = datetime.date.fromisoformat(date) > datetime.date.today()
    except ValueError:
        return date
    return "19" + date[2:] if future else date


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if not isinstance(body, dict):
        return
    for name, mend in (("url", without_strangers), ("date_of_birth", born)):
        if isinstance(body.get(name), str):
            body[name] = mend(body[name])
