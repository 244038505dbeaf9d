#!/usr/bin/env python3
"""Puts the commands and options of `relay` into its manual page, so that the page cannot go stale.

    relay --experimental-dump-help | scripts/manual.py deploy/man/relay.1 >relay.1

The line `.\\" @COMMANDS@` of the template is replaced.
"""

import json
import sys

# Every command has these; the template describes them.
COMMON = {"config", "version", "help"}


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\n".join("\\&" + line if line.startswith(".") else line for line in text.splitlines())


def spelled(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def entry(argument):
    if argument["kind"] == "positional":
        head = f"\\fI{roff(argument.get('valueName', 'value'))}\\fR"
    else:
        order = sorted(argument["names"], key=lambda name: name["kind"] == "long")
        head = ", ".join(f"\\fB{roff(spelled(name))}\\fR" for name in order)
        if argument["kind"] == "option":
            head += f" \\fI{roff(argument['valueName'])}\\fR"
    text = argument.get("abstract", "") or ""
    if argument.get("allValueStrings"):
        text += f" One of {', '.join(argument['allValueStrings'])}."
    if argument.get("defaultValue"):
        text += f" Default: {argument['defaultValue']}."
    return f".TP\n{head}\n{roff(text.strip())}"


def pages(command, path):
    path = path + [command["commandName"]]
    inner = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
    if inner:
        for each in inner:
            yield from pages(each, path)
        return
    shown = [each for each in command.get("arguments", [])
             if each["shouldDisplay"] and each.get("valueName") not in COMMON
             and not any(name["name"] in COMMON for name in each.get("names", []))]
    yield f".SS {roff(' '.join(path))}"
    yield roff(command.get("abstract", ""))
    if command.get("discussion"):
        yield ".PP\n" + roff(command["discussion"])
    for argument in shown:
        yield entry(argument)


def main():
    command = json.load(sys.stdin)["command"]
    text = "\n".join(pages(command, []))
    with open(sys.argv[1]) as file:
        template = file.read()
    marker = '.\\" @COMMANDS@\n'
    if template.count(marker) != 1:
        sys.exit(f"{sys.argv[1]}: has not exactly one line {marker.strip()}")
    sys.stdout.write(template.replace(marker, text + "\n"))


main()
