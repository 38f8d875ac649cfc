#!/usr/bin/env python3
"""Write man pages, one for the program and one for each command, from the parser's own description.

    tools/man_pages.py PROGRAM FOLDER

Plain man macros, so that every man program reads them.
"""

import datetime
import json
import os
import subprocess
import sys

EXIT_CODES = [
    ("0", "done"), ("3", "a threshold of monitor or a condition of --gate was crossed"),
    ("64", "usage"), ("65", "bad data"), ("66", "an input is missing"), ("70", "a fault of the program"),
    ("73", "an output cannot be created"), ("74", "reading or writing failed"),
    ("75", "the checkpoint directory is in use"), ("130, 143", "stopped by a signal, after a checkpoint"),
]


def plain(text):
    """Text that no macro is made of."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def option(argument):
    names = [("-" if n["kind"] == "short" else "--") + n["name"] for n in argument.get("names", [])]
    value = argument.get("valueName", "value")
    if argument["kind"] == "option":
        return ", ".join(names) + f" <{value}>"
    return ", ".join(names) if names else f"<{value}>"


def page(name, title, command, version, others):
    day = datetime.date.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")) or None or
                                      datetime.datetime.now().timestamp())
    lines = [f'.TH "{title.upper()}" 1 "{day}" "{version}" "User commands"', ".SH NAME",
             f"{plain(title)} \\- {plain(command.get('abstract', ''))}", ".SH SYNOPSIS"]
    arguments = [a for a in command.get("arguments", []) if a.get("shouldDisplay", True)]
    has_options = any(a["kind"] != "positional" for a in arguments)
    files = " ".join(f"[<{a.get('valueName', 'file')}>{' ...' if a.get('isRepeating') else ''}]"
                     for a in arguments if a["kind"] == "positional")
    usage = command.get("usage") or f"{name}{' [OPTIONS]' if has_options else ''} {files}".rstrip()
    lines += [".nf", plain(usage), ".fi"]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION", plain(command["discussion"])]
    sections = {}
    for argument in arguments:
        heading = argument.get("sectionTitle") or "Options"
        sections.setdefault(heading, []).append(argument)
    for heading in sorted(sections, key=lambda h: h != "Options"):
        lines.append(f'.SH "{plain(heading.upper())}"')
        for argument in sections[heading]:
            text = argument.get("abstract", "")
            default = argument.get("defaultValue")
            if default and "default" not in text:
                text += f" (default: {default})"
            lines += [".TP", f"\\fB{plain(option(argument))}\\fR", plain(text)]
    if command.get("subcommands"):
        lines.append(".SH COMMANDS")
        for sub in command["subcommands"]:
            lines += [".TP", f"\\fB{plain(sub['commandName'])}\\fR", plain(sub.get("abstract", ""))]
    lines.append('.SH "EXIT STATUS"')
    for code, meaning in EXIT_CODES:
        lines += [".TP", plain(code), plain(meaning)]
    lines += [".SH \"SEE ALSO\"", ", ".join(f"\\fB{plain(o)}\\fR(1)" for o in others if o != title)]
    return "\n".join(lines) + "\n"


def main():
    program, folder = sys.argv[1:]
    description = json.loads(subprocess.run([program, "--experimental-dump-help"], check=True,
                                            capture_output=True, text=True).stdout)
    version = subprocess.run([program, "--version"], check=True, capture_output=True,
                             text=True).stdout.split(" (")[0].strip()
    root = description["command"]
    name = root["commandName"]
    commands = [c for c in root.get("subcommands", []) if c["commandName"] != "help"]
    root["subcommands"] = commands
    titles = [name] + [f"{name}-{c['commandName']}" for c in commands]
    for title, command in zip(titles, [root] + commands):
        call = name if command is root else f"{name} {command['commandName']}"
        with open(os.path.join(folder, title + ".1"), "w", encoding="utf-8") as file:
            file.write(page(call, title, command, version, titles))


if __name__ == "__main__":
    main()
