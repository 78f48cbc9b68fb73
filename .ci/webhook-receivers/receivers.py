"""Receives real deliveries and verifies them with every published method: `receivers.py NODE_MODULES`.

Reads BASE_URL and API_KEY from the environment. The verifiers are the unchanged code of docs/WEBHOOKS.md and the packages
`standardwebhooks` and `svix` for Python and Node. Each verifier must accept a delivery and reject it with one bit changed,
with another secret, with an old timestamp, and with missing or invalid headers.
"""

import base64
import http.server
import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import threading
import urllib.request

import standardwebhooks
import svix.webhooks

HERE = pathlib.Path(__file__).parent
PAGE = (HERE / "../../docs/WEBHOOKS.md").read_text(encoding="utf-8")
DELIVERY_SECONDS = 60
STALE_SECONDS = 600


def code_of_page(language):
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 1, f"docs/WEBHOOKS.md has {len(blocks)} blocks of {language}"
    return blocks[0]


class Receiver(http.server.BaseHTTPRequestHandler):
    deliveries = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.deliveries.put((headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def call(method, path, body=None):
    request = urllib.request.Request(
        os.environ["BASE_URL"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"x-api-key": os.environ["API_KEY"], "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def received(webhook_type):
    headers, body = Receiver.deliveries.get(timeout=DELIVERY_SECONDS)
    event = json.loads(body)
    assert event["webhook_type"] == webhook_type, event
    assert event["timestamp"] == int(headers["x-timestamp"]) == int(headers["webhook-timestamp"])
    assert event["event_id"] == headers["webhook-id"]
    return headers, body


def deliveries():
    """Yields (headers, body, secrets that must verify the delivery)."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    created = call("POST", "/v3/webhook/destinations/", {
        "label": "receivers",
        "url": f"http://127.0.0.1:{server.server_port}/hook",
        "subscribed_events": ["user.data.updated", "user.status.updated"],
    })
    first = created["standard_secret"]
    call("POST", "/v3/users/create/", {
        "vendor_data": "zoë/日本 😀",
        "full_name": "José Müller",
        "metadata": {"10": 1, "9": 92.0, "small": 0.00001, "text": "\u2028 \" \\ </script>"},
    })
    yield *received("user.data.updated"), [first]
    second = call("POST", f"/v3/webhook/destinations/{created['uuid']}/rotate-secret/", {"grace_hours": 1})["standard_secret"]
    call("PATCH", "/v3/users/zo%C3%AB%2F%E6%97%A5%E6%9C%AC%20%F0%9F%98%80/update-status/", {"status": "FLAGGED"})
    yield *received("user.status.updated"), [first, second]
    call("POST", f"/v3/webhook/destinations/{created['uuid']}/test/", {})
    yield *received("webhook.test"), [first, second]
    server.shutdown()


def stale(headers):
    return headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - STALE_SECONDS)}


def damaged(headers):
    """Yields the headers with each required one missing, empty or not ASCII."""
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        yield {other: value for other, value in headers.items() if other != name}
        yield headers | {name: ""}
        yield headers | {name: "v1,\u00e9"}


def cases():
    """Yields (headers, body, secret, whether a verifier must accept them)."""
    other_secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    for headers, body, secrets in deliveries():
        changed = bytes([body[0], body[1] ^ 1]) + body[2:]
        for secret in secrets:
            yield headers, body, secret, True
            yield headers, changed, secret, False
            yield stale(headers), body, secret, False
        yield headers, body, other_secret, False
        for rejected in damaged(headers):
            yield rejected, body, secrets[0], False


def python_verifiers():
    page = {}
    exec(compile(code_of_page("python"), "docs/WEBHOOKS.md", "exec"), page)
    return {
        "page, Python": lambda headers, body, secret: page["verify"](headers, body, secret),
        "standardwebhooks, Python": lambda headers, body, secret: standardwebhooks.Webhook(secret).verify(body, headers),
        "svix, Python": lambda headers, body, secret: svix.webhooks.Webhook(secret).verify(body, headers),
    }


def accepts(verify, headers, body, secret):
    try:
        verify(headers, body, secret)
    except (ValueError, standardwebhooks.webhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError):
        return False
    return True


def main():
    inputs = list(cases())
    verifiers = {}
    for name, verify in python_verifiers().items():
        verifiers[name] = [accepts(verify, headers, body, secret) for headers, body, secret, _ in inputs]
    node_cases = [
        {"headers": headers, "body": base64.b64encode(body).decode(), "secret": secret}
        for headers, body, secret, _ in inputs
    ]
    node = subprocess.run(
        ["node", str(HERE / "judge.cjs")],
        input=json.dumps({"page": code_of_page("js"), "cases": node_cases}),
        env=os.environ | {"NODE_PATH": sys.argv[1]},
        capture_output=True, text=True, timeout=120, check=False,
    )
    if node.returncode != 0:
        sys.exit(f"judge.cjs failed:\n{node.stderr}")
    verifiers |= json.loads(node.stdout)
    expected = [accepted for *_, accepted in inputs]
    assert expected.count(True) == 5 and len(verifiers) == 6, (expected, list(verifiers))
    for name, verdicts in verifiers.items():
        assert verdicts == expected, f"{name}: {verdicts}, expected {expected}"
        print(f"{name}: {verdicts.count(True)} accepted, {verdicts.count(False)} rejected")


main()
