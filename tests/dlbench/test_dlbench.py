#!/usr/bin/env python3
"""dlbench as a user runs it.
usage: test_dlbench.py DLBENCH SOURCE_ROOT PART; prints one line a failed check and fails when there is any."""
import copy
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

DLBENCH, ROOT, PART = sys.argv[1:4]
FAILED = []
SKIP = 77
with open(os.path.join(ROOT, "doc", "dlbench-schema.json")) as file:
    SCHEMA = json.load(file)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def check(good, what):
    if not good:
        FAILED.append(what)
        print("FAILED:", what)


def run(*words, code=0, env=None):
    """Runs, checks the exit code, returns standard output and standard error."""
    done = subprocess.run([DLBENCH, *map(str, words)], capture_output=True, text=True, env={**os.environ, **(env or {})})
    check(done.returncode == code,
          f"{' '.join(map(str, words))}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def check_document(document):
    for error in VALIDATOR.iter_errors(document):
        check(False, f"schema: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    broken = copy.deepcopy(document)
    broken["version"] = 99
    check(not VALIDATOR.is_valid(broken), "the schema lets a wrong version through")


def of(document, section):
    return {row["name"]: row for row in document["rows"] if row["section"] == section and "error" not in row}


# ---- parts ----

def part_usage(folder):
    out, _ = run("--version")
    check(out.startswith("dlbench ") and out.count(".") == 2, "version: " + out)
    out, _ = run("--help")
    check("usage: dlbench" in out, "--help: " + out)
    text = os.path.join(folder, "text.json")
    with open(text, "w") as file:
        file.write("no JSON\n")
    cases = [  # words, exit code, what standard error names
        (["fly"], 2, "fly"), (["info", "extra"], 2, "extra"), (["run", "--bogus"], 2, "--bogus"),
        (["peak", "--device"], 2, "--device"), (["ops", "--json="], 2, "--json"), (["ops", "one", "two"], 2, "one"),
        (["peak", "--device", "quantum:0"], 1, "quantum:0"), (["info", "--device", "opencl:99"], 1, "opencl:99"),
    ]
    for words, code, names in cases:
        out, error = run(*words, code=code)
        check(names in error, f"{' '.join(words)}: standard error does not name {names}: {error}")
        check(out == "", f"{' '.join(words)}: prints to standard output: {out}")


def part_info(folder):
    out, _ = run("info")
    document = json.loads(run("info", "--json", "-")[0])
    check_document(document)
    check(document["rows"] == [] and "mode" not in document, "info measured something")
    for device in document["devices"]:
        check(f"{device['id']}: {device['name']}" in out, f"info does not show {device['id']}")
        check(device["usable"] or device["why_not"], f"{device['id']} is not usable for no reason")
        one, _ = run("info", "--device", device["id"])
        check(one.count("\n  driver ") == 1 and device["name"] in one, f"info --device {device['id']}: {one}")
    check(out.count("\n  weft ") == len(document["devices"]), "info does not say what weft uses of every device")


def check_bounds(document, device):
    """What must hold whatever the device: no figure above another that bounds it."""
    compute, memory, ops = (of(document, section) for section in ("compute", "memory", "ops"))
    peak = max(row["best"] for name, row in compute.items() if name.startswith("f32 "))
    for name, row in memory.items():
        check(row["median"] <= 1.05 * row["best"], f"{device}: {name}: median above the best")
    for name, row in {**compute, **memory, **ops}.items():
        check(row["low"] <= row["median"] <= row["high"] <= row["best"] * 1.0001, f"{device}: {name}: quartiles {row}")
        work = row["flops"] if row["unit"].startswith(("GFLOP", "GOP")) else row["bytes"]
        check(abs(work / row["seconds"] * 1e-9 / row["median"] - 1) < 1e-3, f"{device}: {name}: work over time {row}")
    for name, row in ops.items():
        check(row["median"] <= 1.05 * peak, f"{device}: {name}: {row['median']} GFLOP/s, the peak is {peak}")
        # The fastest bandwidth of a working set of at least half that size.
        largest = max(r["size"] for r in memory.values())
        size = min(row["size"], largest)
        bandwidth = max(r["best"] for r in memory.values() if r["size"] >= size / 2)
        check(row["bytes"] / row["seconds"] * 1e-9 <= 1.05 * bandwidth,
              f"{device}: {name}: {row['bytes'] / row['seconds'] * 1e-9} GB/s, of {bandwidth}")
        bound = max(row["flops"] / peak, row["bytes"] / bandwidth) * 1e-9 / row["seconds"]
        check(abs(bound / row["roofline"] - 1) < 0.01 and bound <= 1.05, f"{device}: {name}: roofline {row['roofline']}, {bound}")
    for n in (256, 512, 1024):
        row = ops[f"gemm {n}x{n}x{n}"]
        check(abs(row["flops"] / (2 * n ** 3) - 1) < 0.01, f"{device}: gemm {n} counts {row['flops']} operations")


def part_quick(folder, backend):
    """The whole quick run: valid, complete, nothing failed, nothing beyond its bound."""
    ids = [d["id"] for d in json.loads(run("info", "--json", "-")[0])["devices"] if d["backend"] == backend and d["usable"]]
    if not ids:
        print(f"no {backend} device")
        sys.exit(SKIP)
    path = os.path.join(folder, "run.json")
    out, error = run("run", "--quick", "--device", ids[0], "--json", path)
    with open(path) as file:
        document = json.load(file)
    check_document(document)
    check(document["device"]["id"] == ids[0] and document["mode"] == "quick", "device and mode of the run")
    for row in document["rows"]:
        check("error" not in row, f"{ids[0]}: {row['section']}: {row['name']}: {row.get('error')}")
        check(f"| {row['name']} " in out, f"{ids[0]}: the tables do not show {row['name']}")
    for section, least in (("compute", 5), ("memory", 24), ("local", 1), ("transfer", 2), ("launch", 4), ("atomics", 3),
                           ("ops", 12)):
        rows = of(document, section)
        check(len(rows) >= least, f"{ids[0]}: {section} has {len(rows)} rows, not {least}")
        check(all(row["repeats"] >= 1 for row in rows.values()), f"{ids[0]}: {section}: no repeats")
    check_bounds(document, ids[0])
    launch = of(document, "launch")
    check(launch["a kernel in a batch of 256"]["best"] < launch["one kernel, replayed"]["median"],
          f"{ids[0]}: a batch does not save launches: {launch}")


def main():
    parts = {"usage": part_usage, "info": part_info, "quick-opencl": lambda folder: part_quick(folder, "opencl"),
             "quick-vulkan": lambda folder: part_quick(folder, "vulkan")}
    with tempfile.TemporaryDirectory() as folder:
        parts[PART](folder)
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
