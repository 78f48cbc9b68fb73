"""Waits until a URL returns 200: `wait_ready.py URL PID SECONDS`. Fails after the timeout or when the process ends."""

import os
import sys
import time
import urllib.error
import urllib.request

url, pid, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
deadline = time.monotonic() + seconds
last = "no response"
while time.monotonic() < deadline:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        sys.exit(f"{url}: the server ended before it was ready")
    try:
        with urllib.request.urlopen(url, timeout=5):
            sys.exit(0)
    except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
        last = str(error)
    time.sleep(0.2)
sys.exit(f"{url}: not ready within {seconds:.0f} s ({last})")
