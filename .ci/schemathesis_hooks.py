"""What no schema can say, put right before each call.

Only values that are valid already are replaced, and by valid ones, so whether a call is to be accepted stays the same.
"""

import datetime
import hashlib
import re
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


def reported(time):
    """A time that has been, and not before the first that is taken: in a leap year, as the day may be one that others do
    not have."""
    begins = re.match(r"(\d{4})-\d{2}-\d{2}[Tt]", time)
    taken = begins and 1900 < int(begins[1]) < datetime.date.today().year
    return "2000" + time[4:] if begins and not taken else time


MENDS = {"url": without_strangers, "date_of_birth": born, "occurred_at": reported}


@schemathesis.hook
def before_call(context, case, kwargs):
    # The list of deleted users answers there. Another reserved word is as wrong.
    if case.path == "/v3/users/{vendor_data}/" and case.path_parameters.get("vendor_data") == "deleted":
        case.path_parameters["vendor_data"] = "delete"
    items = case.body if isinstance(case.body, list) else [case.body]
    for item in items:
        if not isinstance(item, dict):
            continue
        # Of an item itself, and of the person within a report.
        for members in (item, item.get("identity")):
            if not isinstance(members, dict):
                continue
            for name, mend in MENDS.items():
                if isinstance(members.get(name), str):
                    members[name] = mend(members[name])


# What no schema can say: which users there are, whose a session is, and what was reported before.
BESIDE_THE_SCHEMA = {"vendor_data", "revision", "event_id"}


@schemathesis.check
def reports_are_taken(context, response, case):
    """Reports that the document allows are taken in. What is wrong with one is told with status 200, so that no check of
    statuses sees it."""
    generation = case.meta and case.meta.generation
    if response.status_code != 200 or "/internal/v1/" not in case.path or case.method.upper() != "POST":
        return
    if not generation or not generation.mode.is_positive:
        return
    for result in response.json()["results"]:
        wrong = set(result.get("errors", {})) - BESIDE_THE_SCHEMA
        assert not wrong, f"a report was refused that the document allows: {result['errors']}"
