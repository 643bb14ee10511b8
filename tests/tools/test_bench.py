#!/usr/bin/env python3
"""tools/bench as a user runs it, weft's side alone: every group with rows makes a table and JSON of the form that
doc/benchmarks.md describes. Figures are looked at for their presence, not for what they say.
usage: test_bench.py BENCH_WEFT WEFT SOURCE_ROOT; prints one line a failed check and fails when there is any."""
import json
import math
import os
import subprocess
import sys
import tempfile

BENCH_WEFT, WEFT, ROOT = sys.argv[1:4]
BENCH = os.path.join(ROOT, "tools", "bench")
FAILED = []
# A row of each group that is quick on any device, as what the group's names hold.
ROWS = {"gemm": "64 x 512 x 784", "conv": "forward, 512 channels", "streams": "softmax_backward", "layers": "global_avg_pool",
        "models": "softmax, batch"}
ROOFED = ("gemm", "conv", "streams", "layers")
UNITS = {"gemm": "GFLOP/s", "conv": "GFLOP/s", "streams": "GB/s", "layers": "1/s", "models": "samples/s"}


def check(good, what):
    if not good:
        FAILED.append(what)
        print("FAILED:", what)


def run(*words, code=0, env=None):
    done = subprocess.run([sys.executable, BENCH, *words], capture_output=True, text=True, env={**os.environ, **(env or {})})
    check(done.returncode == code,
          f"{' '.join(words)}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def devices():
    """The first device of each backend that runs kernels."""
    found = json.loads(subprocess.run([WEFT, "devices", "--json"], capture_output=True, text=True, check=True).stdout)
    first = {}
    for device in found:
        if device["usable"] and device["backend"] in ("opencl", "vulkan"):
            first.setdefault(device["backend"], device["id"])
    return list(first.values())


def check_result(device, result):
    what = f"{device}: {result}"
    check("error" not in result, what)
    check(result["unit"] == UNITS.get(result["group"]), "unit: " + what)
    check(result.get("rounds") == 1 and result.get("weft", 0) > 0 and math.isfinite(result.get("weft", 0)), what)
    absent = {"peer", "other", "ratio", "ratio_low", "ratio_high", "aim"} & result.keys()
    check(not absent, f"without a peer there is no {absent}: {what}")
    has_roof = 0 < result.get("roof", 0) < math.inf
    check(has_roof == (result["group"] in ROOFED), "roof: " + what)


def measure(device, folder):
    path = os.path.join(folder, "bench.json")
    words = [*ROWS, "--alone", "--rounds", "1", "--seconds", "0.01", "--json", path, "--programs", os.path.dirname(BENCH_WEFT)]
    for name in ROWS.values():
        words += ["--only", name]
    out, _ = run(*words, env={"WEFT_DEVICE": device})
    report = json.load(open(path))
    check(report["schema"] == "weft-bench-1", str(report))
    results = report["results"]
    for group, name in ROWS.items():
        names = [r["name"] for r in results if r["group"] == group]
        check(any(name in n for n in names) and len(names) == len(set(names)), f"{device}: rows of {group}: {names}")
    for result in results:
        check_result(device, result)
        check(f"| {result['name']} " in out, f"{device}: {result['name']} is not in the table\n{out}")


with tempfile.TemporaryDirectory() as workplace:
    os.environ.update(WEFT_CACHE=os.path.join(workplace, "cache"), WEFT_TUNE="off")
    _, error = run("gemm", "weather", code=2)
    check("weather" in error, error)
    _, error = run("gemm", "--alone", "--programs", workplace, code=1)
    check(workplace in error, error)
    for one in devices():
        measure(one, workplace)
print("ok" if not FAILED else f"{len(FAILED)} checks failed")
sys.exit(1 if FAILED else 0)
