"""Adjusts requests before each call to rules that a schema cannot express.

Replaces valid values by other valid values only, so the expected outcome of a call does not change.
"""

import datetime
import hashlib
import re
import urllib.parse

import schemathesis

# No process listens there, so webhooks fail immediately and never reach another host.
UNREACHABLE = "127.0.0.1:1"
# The limit of the document. Longer URLs must be rejected, so they are not replaced.
URL_CHARACTERS = 2048


def with_unreachable_host(url):
    """Returns the URL with an unreachable host; different URLs stay different."""
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
    return f"{parts.scheme}://{UNREACHABLE}/{digest}"


def past_date(date):
    """Returns a date that is not in the future."""
    try:
        future = datetime.date.fromisoformat(date) > datetime.date.today()
    except ValueError:
        return date
    return "19" + date[2:] if future else date


def accepted_time(time):
    """Returns a time that is not in the future and not before the first accepted year. Replaces the year by a leap year,
    as the date may be 29 February."""
    begins = re.match(r"(\d{4})-\d{2}-\d{2}[Tt]", time)
    accepted = begins and 1900 < int(begins[1]) < datetime.date.today().year
    return "2000" + time[4:] if begins and not accepted else time


REPLACEMENTS = {"url": with_unreachable_host, "date_of_birth": past_date, "occurred_at": accepted_time}


# Limits of metadata: the largest integer, and the longest plain form of a decimal; see docs/API.md.
MAX_INTEGER = 2**53
MAX_CHARACTERS = 32
MAX_DEPTH = 4
UNKNOWN_ID = "01a20b19-3a36-7000-825a-3e5b56b1fab8"


def storable(value, depth=MAX_DEPTH):
    """Removes what the service rejects in free-form JSON: NUL characters, inexact numbers, deep nesting."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, (list, dict)) and depth == 0:
        return None
    if isinstance(value, list):
        return [storable(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item, depth - 1) for key, item in value.items()}
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return MAX_INTEGER
    if isinstance(value, float) and (abs(value) > MAX_INTEGER or len(f"{value:.40f}".rstrip("0")) > MAX_CHARACTERS):
        return 0.5
    return value


def naming_users(body):
    """Returns a batch that names at least one user; ids are replaced by valid ones."""
    if body.get("delete_all") is True:
        return body
    ids = [UNKNOWN_ID for _ in body.get("didit_internal_id_list") or []]
    lists = {name: ids for name in ("didit_internal_id_list",) if name in body}
    if not ids and not body.get("vendor_data_list"):
        lists["vendor_data_list"] = ["unknown"]
    return body | lists


@schemathesis.hook
def before_call(context, case, kwargs):
    generation = case.meta and case.meta.generation
    if generation and generation.mode.is_positive and isinstance(case.body, (dict, list)):
        case.body = storable(case.body)
        if case.path in ("/v3/users/delete/", "/v3/users/restore/") and isinstance(case.body, dict):
            case.body = naming_users(case.body)
    # This path is the list of deleted users; another reserved word is invalid in the same way.
    if case.path == "/v3/users/{vendor_data}/" and case.path_parameters.get("vendor_data") == "deleted":
        case.path_parameters["vendor_data"] = "delete"
    items = case.body if isinstance(case.body, list) else [case.body]
    for item in items:
        if not isinstance(item, dict):
            continue
        # Members of the item, and of the person within a report.
        for members in (item, item.get("identity")):
            if not isinstance(members, dict):
                continue
            for name, replace in REPLACEMENTS.items():
                if isinstance(members.get(name), str):
                    members[name] = replace(members[name])


# Members whose errors depend on stored data: existing users, the user of a session, and earlier reports.
STATEFUL_MEMBERS = {"vendor_data", "revision", "event_id"}


@schemathesis.check
def valid_reports_are_accepted(context, response, case):
    """Checks that reports which the document allows are accepted. Errors of a report are returned with status 200, which
    checks of statuses do not notice."""
    generation = case.meta and case.meta.generation
    if response.status_code != 200 or "/internal/v1/" not in case.path or case.method.upper() != "POST":
        return
    if not generation or not generation.mode.is_positive:
        return
    for result in response.json()["results"]:
        wrong = set(result.get("errors", {})) - STATEFUL_MEMBERS
        assert not wrong, f"a report that the document allows was rejected: {result['errors']}"
