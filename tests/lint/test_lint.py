#!/usr/bin/env python3
"""Each rule of lint.py is held against a small tree that keeps it and one that breaks it."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import lint

BASE = {"src/base/text.h": "int x;\n", "src/graph/graph.h": '#include "base/text.h"\n#include <weft/weft.h>\n',
        "src/device/device.h": "\n", "src/passes/group.h": '#include "graph/graph.h"\n', "src/passes/pass.h": "\n",
        "src/autodiff/rules.h": "\n", "src/schedule/plan.h": "\n", "src/train/layer.h": "\n",
        "include/weft/weft.h": "#include <stdint.h>\n"}
KERNEL = '__' + 'kernel void f() {}'

# Files, and what the one breach says; None where there is none.
CASES = [
    ({}, None),
    ({"src/base/a.c": '#include "graph/graph.h"\n'}, "src/base/a.c:1: includes graph/graph.h, which src/base may not"),
    ({"src/base/a.c": '/* #include "graph/graph.h" */\n'}, None),
    ({"src/base/a.c": '\n#include "../graph/graph.h"\n'}, "src/base/a.c:2: includes graph/graph.h"),
    ({"src/graph/a.c": '#include "graph/graph.h"\n#include "base/text.h"\n'}, None),
    ({"src/graph/a.c": '#include "passes/pass.h"\n'}, "src/graph may not"),
    ({"src/passes/a.c": '#include "autodiff/rules.h"\n'}, "src/passes may not"),
    ({"src/autodiff/a.c": '#include "passes/pass.h"\n'}, "src/autodiff may not"),
    ({"src/lower/a.c": '#include "passes/group.h"\n#include "device/device.h"\n'}, None),
    ({"src/lower/a.c": '#include "passes/pass.h"\n'}, "src/lower may not"),
    ({"src/device/a.c": '#include "graph/graph.h"\n'}, "src/device may not"),
    ({"src/schedule/a.c": '#include "passes/pass.h"\n#include "device/device.h"\n'}, None),
    ({"src/schedule/a.c": '#include "autodiff/rules.h"\n'}, "src/schedule may not"),
    ({"src/api.c": '#include "schedule/plan.h"\n#include "autodiff/rules.h"\n'}, None),
    ({"src/api.c": '#include "train/layer.h"\n'}, "src/api.c may not"),
    ({"src/train/a.c": '#include <weft/weft.h>\n#include "base/text.h"\n'}, None),
    ({"src/train/a.c": '#include "graph/graph.h"\n'}, "src/train may not"),
    ({"src/data/a.c": '#include "schedule/plan.h"\n'}, "src/data may not"),
    ({"src/other/a.c": '#include "base/text.h"\n'}, "is no layer"),
    ({"examples/a.c": '#include "base/text.h"\n'}, "examples may not"),
    ({"tests/graph/a.c": '#include "graph/graph.h"\n'}, None),
    ({"include/weft/a.h": '#include "base/text.h"\n'}, "public header"),
    ({"src/base/a.c": "\n" * 700}, None),
    ({"src/base/a.c": "\n" * 701}, "701 lines"),
    ({"kernels/a.cl": KERNEL + "\n"}, None),
    ({"src/device/a.c": 'const char *s = "' + KERNEL + '";\n'}, "kernel text"),
    ({"src/device/a.c": "/* " + KERNEL + " */\n"}, None),
    ({"src/lower/a.c": 'const char *s = "' + KERNEL + '";\n'}, None),
    ({"src/base/a.c": "/* TO" "DO: more */\n"}, "unfinished"),
    ({"tools/a": "#!/bin/sh\n"}, "not executable"),
    ({"tools/b/main.c": "int main(void) { return 0; }\n"}, None),
]


def main():
    failed = 0
    for number, (extra, expected) in enumerate(CASES):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**BASE, **extra}.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            found = list(lint.breaches(root))
        good = not found if expected is None else len(found) == 1 and expected in found[0]
        if not good:
            failed += 1
            print("case %d (%s): expected %r, found %r" % (number, ", ".join(extra), expected, found))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
