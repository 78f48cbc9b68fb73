"""Runs the commands of README.md and compares their output with the page: `readme_story.py PATH/TO/users-server`.

Reads BASE_URL, API_KEY and DATA_DIR from the environment. A console block of the page contains commands, each after `$ `,
followed by their output up to an empty line. An output line that begins with a space continues the line before it. `…`
matches any text and a time any time. An id matches an id, which must be the same wherever the page repeats it.
"""

import os
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).parent / "../README.md"
SHOWN_ORIGIN = "http://127.0.0.1:8080"
LIMIT_SECONDS = 120
MARK = "==== done ===="

UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
WILD = re.compile(rf"(?P<uuid>{UUID})|(?P<time>{TIME})|(?P<gap> ?… ?)")


def is_whole(command):
    syntax = subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True)
    return syntax.returncode == 0 and not command.endswith("\\")


def steps():
    """Returns each command of the page with its expected output."""
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = iter("\n".join(blocks).splitlines())
    found = []
    for line in lines:
        if line.startswith("$ "):
            command = line.removeprefix("$ ")
            while not is_whole(command):
                command += "\n" + next(lines)
            found.append((command, []))
        elif line:
            found[-1][1].append(line)
    return [(command, re.sub(r"\n +", "", "\n".join(shown))) for command, shown in found]


def printed_by(commands, server):
    """Runs all commands in one shell and returns the output of each."""
    script = "".join(f"{command}\necho '{MARK}'\n" for command in commands)
    excluded = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "CONFIG_FILE")
    environment = {name: value for name, value in os.environ.items() if name not in excluded}
    environment |= {
        "KEY": os.environ["API_KEY"],
        "LOG_LEVEL": "warn",
        "PATH": f"{pathlib.Path(server).parent}{os.pathsep}{os.environ['PATH']}",
    }
    script = script.replace(SHOWN_ORIGIN, os.environ["BASE_URL"])
    shell = subprocess.run(
        ["bash", "-c", script],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=LIMIT_SECONDS, check=True,
    )
    printed = shell.stdout.replace("\r", "").split(MARK + "\n")
    assert printed.pop() == "", "output after the last mark"
    return [text.strip() for text in printed]


def agree(shown, printed, ids):
    """Returns whether the output matches the page. `ids` maps ids of the page to actual ids; new ones are added."""
    pattern, named, last = "", [], 0
    for wild in WILD.finditer(shown):
        pattern += re.escape(shown[last:wild.start()])
        last = wild.end()
        if wild["uuid"]:
            named.append(wild["uuid"])
            pattern += f"({UUID})"
        else:
            pattern += TIME if wild["time"] else ".*?"
    matched = re.fullmatch(pattern + re.escape(shown[last:]), printed, re.DOTALL)
    return matched is not None and all(
        ids.setdefault(name, actual) == actual for name, actual in zip(named, matched.groups(), strict=True)
    )


def main(server):
    story = steps()
    assert sum(bool(shown) for _, shown in story) > 5, "README.md contains too few commands with output"
    ids, wrong = {}, 0
    for (command, shown), printed in zip(story, printed_by([command for command, _ in story], server), strict=True):
        if not agree(shown, printed, ids):
            wrong += 1
            print(f"$ {command}\n-- expected output\n{shown}\n-- actual output\n{printed}\n")
    assert len(set(ids.values())) == len(ids), "two ids of README.md match the same actual id"
    if wrong:
        sys.exit(f"{wrong} of {len(story)} commands of README.md do not print the expected output")
    print(f"{len(story)} commands of README.md print the expected output")


if __name__ == "__main__":
    main(*sys.argv[1:])
