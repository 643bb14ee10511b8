#!/usr/bin/env python3
"""The house rules that a machine can see: who includes whom, size of files, kernels outside C strings, finished work,
scripts that run. usage: lint.py ROOT; prints one line a breach and fails when there is any."""
import os
import re
import stat
import sys

LIMIT = 700
CODE = ("src", "include", "kernels", "shaders", "tools", "tests", "examples")

# Folder of src/ -> folders (or single headers) of src/ that it may include besides itself and the public headers. This
# is "Who may include whom" of doc/design.md.
LAYERS = {
    "base": [],
    "graph": ["base"],
    "autodiff": ["base", "graph"],
    "passes": ["base", "graph"],
    "reference": ["base", "graph"],
    "device": ["base"],
    "lower": ["base", "graph", "passes/group.h", "device/device.h"],
    "schedule": ["base", "graph", "passes", "reference", "lower", "device"],
    "train": ["base"],
    "data": ["base"],
    "io": ["base"],
}
# src/api.c: schedule and autodiff, and what lies below them.
API = ["base", "graph", "autodiff", "passes", "reference", "lower", "device", "schedule"]
# Programs see what a user sees; base/ is plumbing for the two that are built with the library.
OUTSIDE = {"examples": [], "tools": ["base"]}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.M)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented|unimplemented", re.I)
KERNEL_TEXT = re.compile(r"__kernel|#version\s+\d|get_global_id|gl_GlobalInvocationID")
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


def files(root):
    """Paths below root of the files to look at, sorted."""
    for top in CODE:
        for folder, names, found in os.walk(os.path.join(root, top)):
            names[:] = sorted(name for name in names if not name.startswith((".", "__pycache__", "build")))
            for name in sorted(found):
                if not name.startswith(".") and not name.endswith(("~", ".orig", ".pyc", ".png", ".gz", ".npz")):
                    yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def strip_comments(text):
    """Comments become blanks of the same lines; strings stay, so "//" inside one is no comment."""
    def blank(match):
        part = match.group(0)
        return part if part.startswith('"') else re.sub(r"[^\n]", " ", part)
    return re.sub(STRING.pattern + "|" + COMMENT.pattern, blank, text, flags=re.S)


def allowed(path, target, root):
    """Whether the file at path may include target, a path below src/."""
    parts = path.split("/")
    if parts[0] == "src":
        if len(parts) == 2:
            permitted = API if path == "src/api.c" else []
        elif parts[1] not in LAYERS:
            return "%s is no layer; add it to LAYERS in tests/lint/lint.py" % parts[1]
        else:
            permitted = [parts[1]] + LAYERS[parts[1]]
    elif parts[0] in OUTSIDE:
        permitted = OUTSIDE[parts[0]]
    else:
        return None  # tests of a layer reach inside; include/ is checked by its own rule
    if target in permitted or target.split("/")[0] in permitted:
        return None
    return "includes %s, which %s may not" % (target, "/".join(parts[:2]) if parts[0] == "src" else parts[0])


def check_includes(root, path, text):
    for match in INCLUDE.finditer(text):
        target = match.group(1)
        if target.startswith("weft/"):
            continue
        if path.startswith("include/"):
            if os.path.exists(os.path.join(root, "src", target)):
                yield match.start(), "a public header includes %s of src/" % target
            continue
        beside = os.path.relpath(os.path.normpath(os.path.join(root, os.path.dirname(path), target)), root)
        if os.path.exists(os.path.join(root, "src", target)):
            found = target
        elif beside.startswith("src" + os.sep) and os.path.exists(os.path.join(root, beside)):
            found = beside.replace(os.sep, "/")[4:]
        else:
            continue
        breach = allowed(path, found, root)
        if breach:
            yield match.start(), breach


def check_strings(path, text):
    """Kernel text in C strings: kernels are files; src/lower prints the generated ones."""
    if not path.endswith((".c", ".h", ".def")) or path.startswith(("src/lower/", "tests/")):
        return
    for match in STRING.finditer(text):
        if KERNEL_TEXT.search(match.group(0)):
            yield match.start(), "kernel text in a C string"


def check_script(root, path, data):
    mode = os.stat(os.path.join(root, path)).st_mode
    is_tool = path.startswith("tools/") and path.count("/") == 1 and "." not in os.path.basename(path)
    if (is_tool or data.startswith(b"#!") and not path.startswith("tests/")) and not mode & stat.S_IXUSR:
        yield 0, "is not executable"
    if is_tool and not data.startswith(b"#!"):
        yield 0, "has no #! line"


def check_file(root, path):
    with open(os.path.join(root, path), "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    lines = text.count("\n") + (not text.endswith("\n") and text != "")
    if lines > LIMIT:
        yield 1, "%d lines; a file has at most %d" % (lines, LIMIT)
    if not path.startswith("tests/lint/"):
        for match in UNFINISHED.finditer(text):
            yield line_of(text, match.start()), "unfinished by its own words: %s" % match.group(0)
    code = strip_comments(text) if path.endswith((".c", ".h", ".def")) else ""
    for position, breach in list(check_includes(root, path, code)) + list(check_strings(path, code)):
        yield line_of(text, position), breach
    for _, breach in check_script(root, path, data):
        yield 1, breach


def breaches(root):
    for path in files(root):
        for line, breach in check_file(root, path):
            yield "%s:%d: %s" % (path, line, breach)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: lint.py ROOT")
    found = list(breaches(sys.argv[1]))
    for breach in found:
        print(breach)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
