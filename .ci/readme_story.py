"""Does what README.md shows, and compares what comes with what is shown: `readme_story.py PATH/TO/users-server`.

Takes BASE_URL, API_KEY and DATA_DIR from the environment. A console block of the page is commands, each behind `$ `, with
what they print below, up to an empty line. A printed line that begins with a space goes on with the line before it. `…`
stands for any text, a time for any time; an id stands for an id, the same one each time that it is shown.
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
    """Each command of the page with what it is said to print."""
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
    """What each command prints, all of them in one shell."""
    script = "".join(f"{command}\necho '{MARK}'\n" for command in commands)
    elsewhere = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "CONFIG_FILE")
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
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
    assert printed.pop() == "", "something is printed behind the last mark"
    return [text.strip() for text in printed]


def agree(shown, printed, ids):
    """Whether this is what is shown. `ids` has what ids stood for so far, and takes in the new ones."""
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
    assert sum(bool(shown) for _, shown in story) > 5, "README.md has lost its story"
    ids, wrong = {}, 0
    for (command, shown), printed in zip(story, printed_by([command for command, _ in story], server), strict=True):
        if not agree(shown, printed, ids):
            wrong += 1
            print(f"$ {command}\n-- is shown to print\n{shown}\n-- but prints\n{printed}\n")
    assert len(set(ids.values())) == len(ids), "two ids of README.md stand for the same one"
    if wrong:
        sys.exit(f"{wrong} of {len(story)} commands of README.md do not print what is shown")
    print(f"{len(story)} commands of README.md do what is shown")


if __name__ == "__main__":
    main(*sys.argv[1:])
