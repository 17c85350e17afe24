"""The table of all settings in deploy/README.md, made from services/runtime/config.default.toml.

Usage: settings.py [--write], in the root of the repository: holds the table against the file, or writes it anew.
"""

import pathlib
import re
import sys

DEFAULTS = pathlib.Path("services/runtime/config.default.toml")
GUIDE = pathlib.Path("deploy/README.md")
BEGIN, END = "<!-- settings: written by tests/deploy/settings.py -->\n", "<!-- end of settings -->\n"


def table():
    """A row for each setting: its name, its default, and the comment over it."""
    rows, section, told = ["| setting | default | meaning |", "| --- | --- | --- |"], None, []
    for line in DEFAULTS.read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section, told = header[1], []
        elif line.startswith("# "):
            told.append(line[2:])
        elif setting := re.fullmatch(r"(\w+) = (.+)", line):
            meaning = " ".join(told).replace("|", "\\|")
            assert section and meaning, f"{DEFAULTS}: nothing is said of {line}"
            rows.append(f"| `{section}.{setting[1]}` | `{setting[2]}` | {meaning} |")
            told = []
        else:
            assert not line, f"{DEFAULTS}: {line}"
    return "\n".join(rows) + "\n"


def main(write):
    guide = GUIDE.read_text(encoding="utf-8")
    before, rest = guide.split(BEGIN)
    _, after = rest.split(END)
    made = before + BEGIN + table() + END + after
    if write:
        GUIDE.write_text(made, encoding="utf-8")
    elif made != guide:
        sys.exit(f"{GUIDE} does not tell the settings of {DEFAULTS}: python3 tests/deploy/settings.py --write")
    else:
        print(f"settings: {GUIDE} tells every setting as {DEFAULTS} does")


if __name__ == "__main__":
    main(sys.argv[1:] == ["--write"])
