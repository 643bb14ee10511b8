#!/usr/bin/env python3
"""dlbench as a user runs it.
usage: test_dlbench.py DLBENCH SOURCE_ROOT PART [FAILING]; FAILING is failing.c as a library. Prints one line a failed check and fails when there is any."""
import copy
import glob
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import jsonschema

DLBENCH, ROOT, PART = sys.argv[1:4]
FAILING = os.path.abspath(sys.argv[4]) if len(sys.argv) > 4 else None
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
    with open(os.path.join(ROOT, "doc", "dlbench.1")) as file:
        page = file.read()
    with open(os.path.join(ROOT, "doc", "dlbench.md")) as file:
        manual = file.read()
    for word in re.findall(r"--[a-z-]+", out):
        check(word.replace("-", "\\-") in page, f"dlbench.1 does not name {word}")
    for command in re.findall(r"^  ([a-z]+)", out, re.M):
        check(f"dlbench {command}" in manual and f"\n.B {command}" in page, f"{command} is not documented")
    text = os.path.join(folder, "text.json")
    with open(text, "w") as file:
        file.write("no JSON\n")
    cases = [  # words, exit code, what standard error names
        (["fly"], 2, "fly"), (["info", "extra"], 2, "extra"), (["run", "--bogus"], 2, "--bogus"),
        (["peak", "--device"], 2, "--device"), (["ops", "--json="], 2, "--json"), (["ops", "one", "two"], 2, "one"),
        (["model", "gpt99"], 2, "gpt99"), (["report"], 2, "JSON"), (["report", text], 2, "-o"),
        (["report", text, "-o", text + ".html"], 1, text), (["report", text + "0", "-o", "x.html"], 1, text + "0"),
        (["compare", text], 2, "two"), (["compare", text, text], 1, text), (["start", "mlp"], 2, "start"),
        (["compare", text, text, "--fail-below", "much"], 2, "much"),
        (["peak", "--device", "quantum:0"], 1, "quantum:0"), (["info", "--device", "opencl:99"], 1, "opencl:99"),
    ]
    for words, code, names in cases:
        out, error = run(*words, code=code)
        check(names in error, f"{' '.join(words)}: standard error does not name {names}: {error}")
        check(out == "", f"{' '.join(words)}: prints to standard output: {out}")


def part_info(folder):
    nowhere = {"OCL_ICD_VENDORS": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent", "VK_DRIVER_FILES": "/nonexistent"}
    out, error = run("info", env=nowhere)
    check("reference: " in out and "driver" in error, f"info without drivers: {out}{error}")
    for words in (["info"], ["info", "--json", "-"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([DLBENCH, *words], stdout=full, stderr=subprocess.PIPE, text=True)
        check(done.returncode == 1 and "No space left" in done.stderr, f"{words} on a full disk: {done.stderr}")
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


def beyond_bounds(document, device):
    """What must hold whatever the device and does not: no figure above another that bounds it."""
    found = []

    def check(good, what):
        if not good:
            found.append(what)

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
    # What runs on a CPU goes through its caches; a GPU's work-group memory and copy engines are bounded by neither.
    fastest = max(row["best"] for row in memory.values())
    for name, row in of(document, "models").items():
        check(row["flops"] / row["seconds"] * 1e-9 <= 1.05 * peak and row["bytes"] / row["seconds"] * 1e-9 <= 1.05 * fastest,
              f"{device}: {name}: {row}, of {peak} GFLOP/s and {fastest} GB/s")
    for name, row in {**of(document, "local"), **of(document, "transfer")}.items():
        check(abs(row["bytes"] / row["seconds"] * 1e-9 / row["median"] - 1) < 1e-3, f"{device}: {name}: {row}")
        is_bounded = document["device"]["class"] == "cpu" and name in of(document, "local")
        check(not is_bounded or row["median"] <= 1.05 * fastest, f"{device}: {name}: {row['median']} GB/s, of {fastest}")
    integer = max(row["best"] for name, row in compute.items() if name.startswith("i32 "))
    for name, row in of(document, "atomics").items():
        check(row["median"] <= 1.05 * integer, f"{device}: {name}: {row['median']} GOP/s, of {integer}")
    launch = of(document, "launch")
    check(launch["a kernel in a batch of 256"]["best"] < 1.5 * launch["one kernel, replayed"]["median"],
          f"{device}: a kernel costs more in a batch than alone: {launch}")
    check(launch["one kernel, replayed"]["best"] < launch["one kernel and a read of 4 bytes"]["high"],
          f"{device}: a read costs less than nothing: {launch}")
    for n in (256, 512, 1024):
        row = ops[f"gemm {n}x{n}x{n}"]
        check(abs(row["flops"] / (2 * n ** 3) - 1) < 0.01, f"{device}: gemm {n} counts {row['flops']} operations")
    times = [ops[f"gemm {n}x{n}x{n}"]["seconds"] for n in (256, 512, 1024)]
    check(times[0] < times[1] < times[2], f"{device}: eight times the operations take less time: {times}")
    return found


def device_of(backend):
    """The id of the backend's first device."""
    for device in json.loads(run("info", "--json", "-")[0])["devices"]:
        if device["backend"] == backend and device["usable"]:
            return device["id"]
    print(f"no {backend} device")
    sys.exit(SKIP)


def part_quick(folder, backend):
    """The whole quick run: valid, complete, nothing failed, nothing beyond its bound."""
    device = device_of(backend)
    path = os.path.join(folder, "run.json")
    for _ in range(2):  # a machine that is disturbed during one run measures what cannot be; what is wrong is so in both
        out, error = run("run", "--quick", "--device", device, "--json", path)
        with open(path) as file:
            document = json.load(file)
        check_document(document)
        beyond = beyond_bounds(document, device)
        if not beyond:
            break
    check(document["device"]["id"] == device and document["mode"] == "quick", "device and mode of the run")
    for row in document["rows"]:
        allowed = "mapped" in row["name"] and "does not reach" in row.get("error", "")  # memory of a GPU of its own
        check("error" not in row or allowed, f"{device}: {row['section']}: {row['name']}: {row.get('error')}")
        check(f"| {row['name']} " in out, f"{device}: the tables do not show {row['name']}")
    for section, least in (("compute", 5), ("memory", 30), ("local", 1), ("transfer", 4), ("launch", 4), ("atomics", 3),
                           ("ops", 12)):
        rows = of(document, section)
        check(len(rows) >= least, f"{device}: {section} has {len(rows)} rows, not {least}")
        check(all(row["repeats"] >= 1 for row in rows.values()), f"{device}: {section}: no repeats")
    for what in beyond:
        check(False, what)
    rows = of(document, "models")
    for name in ("softmax", "mlp", "lenet"):
        for what in ("training", "inference"):
            row = next((r for n, r in rows.items() if n.startswith(f"{name} {what} N=")), None)
            check(row and row["memory"] > 0 and abs(row["size"] / row["seconds"] / row["median"] - 1) < 1e-3,
                  f"{device}: {name} {what}: {row}")
    page = os.path.join(folder, "report.html")
    run("report", path, "-o", page)
    check_page(page, document)


# ---- devices that fail ----

def failing_driver(folder, backend):
    """Environment in which the backend's driver is the one of failing.c before the real one."""
    if backend == "opencl":
        return {"LD_PRELOAD": f"{FAILING}:libOpenCL.so.1"}
    asked = os.environ.get("VK_DRIVER_FILES") or os.environ.get("VK_ICD_FILENAMES")
    manifests = asked.split(":") if asked else glob.glob("/usr/share/vulkan/icd.d/*") + glob.glob("/etc/vulkan/icd.d/*")
    driver = min(manifests, key=lambda path: "lvp" not in path)
    with open(driver) as file:
        manifest = json.load(file)
    env = {"FAILING_DRIVER": manifest["ICD"]["library_path"]}
    manifest["ICD"]["library_path"] = FAILING
    env["VK_DRIVER_FILES"] = env["VK_ICD_FILENAMES"] = write(folder, "failing.json", manifest)
    return env


def part_failing(folder, backend):
    """What fails costs its row, which says why, and nothing else; a device that is lost is opened again."""
    device = device_of(backend)
    env = {**failing_driver(folder, backend), "WEFT_CACHE": os.path.join(folder, "cache")}
    path = os.path.join(folder, "run.json")

    def failing(how, command, code=0):
        out, error = run(command, "--quick", "--device", device, "--json", path, code=code, env={**env, "FAILING": how})
        with open(path) as file:
            document = json.load(file)
        check_document(document)
        for row in document["rows"]:
            check("error" not in row or f"| {row['name']:32} | failed: {row['error'][:40]}" in out,
                  f"{device}: {how}: the tables do not show that {row['name']} failed")
        return document, error

    def failures(document, section):
        return {row["name"]: row["error"] for row in document["rows"] if row["section"] == section and "error" in row}

    document, _ = failing("compile", "peak")
    failed = failures(document, "compute")
    doubles = [row["name"] for row in document["rows"] if row["name"].startswith("f64 ")]
    check(doubles and sorted(failed) == sorted(doubles) and all("did not build" in why for why in failed.values()),
          f"{device}: kernels of doubles that do not build cost {failed}")
    check(sum("error" in row for row in document["rows"]) == len(doubles), f"{device}: compile: other rows failed")

    document, _ = failing("memory", "peak")
    failed, good = failures(document, "memory"), of(document, "memory")
    check(failed and all(re.search("MEMORY|ALLOCATION", why) for why in failed.values()), f"{device}: memory: {failed}")
    check(good and all(re.search(" (64|128|256) MiB$", name) for name in failed), f"{device}: memory: {failed}")
    check(all(row["size"] < 48 << 20 for row in good.values()), f"{device}: memory: measured without it: {list(good)}")

    document, _ = failing("lost=300", "run")
    failed = [row for row in document["rows"] if "error" in row]
    check(2 <= len(failed) <= len(document["rows"]) / 4, f"{device}: lost: {len(failed)} rows failed")
    check(all(re.search("LOST|NOT_AVAILABLE", row["error"]) for row in failed), f"{device}: lost: {failed}")
    for section in ("compute", "memory", "transfer", "launch", "atomics", "ops"):
        check(len(of(document, section)) > 1, f"{device}: lost: nothing of {section} was measured")

    document, error = failing("lost=1", "run", code=1)
    check("lost" in document.get("note", "") and "nothing could be measured" in error, f"{device}: given up: {error}")


# ---- reports ----

VOID = {"meta", "br"}


class Page(html.parser.HTMLParser):
    """Texts of a page, whether its elements nest, and what it would fetch."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.tags, self.wrong = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action") or name.startswith("on"):
                self.wrong.append(f"{tag} {name}={value}")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.texts.append(data)


def check_page(path, document):
    with open(path) as file:
        text = file.read()
    page = Page()
    page.feed(text)
    page.close()
    check(not page.wrong and not page.open, f"{path}: {page.wrong} {page.open}")
    check("script" not in page.tags and "url(" not in text and "@import" not in text, f"{path} is not self-contained")
    check(re.sub(r"http://www.w3.org/2000/svg", "", text).count("://") == 0, f"{path} names an address")
    check("prefers-color-scheme: dark" in text and "max-width" in text, f"{path}: no style for dark or for phones")
    shown = "\n".join(page.texts)
    for row in document["rows"]:
        check(row.get("error", row["name"]) in shown, f"{path} does not show {row['name']}")
    check(document["device"]["name"] in shown, f"{path} does not show the device")
    for svg in re.findall(r"<svg.*?</svg>", text, re.S):
        xml.etree.ElementTree.fromstring(svg)


def made_up():
    """A document like those that dlbench writes, with names that need care."""
    device = {"id": "opencl:0", "backend": "opencl", "name": "Device <b>&\"7\"", "driver": "1 < 2", "class": "gpu",
              "memory": 8e9, "max_buffer": 2e9, "compute_units": 16, "vector_width": 1, "max_group": 1024,
              "local_memory": 65536, "subgroup": 32, "subgroup_min": 32, "subgroup_max": 64, "timestamp_ns": 1,
              "uuid": "", "usable": True, "why_not": "", "features": ["f16", "matrix"]}
    rows = []

    def add(section, name, unit, value, work, **more):
        lower = unit in ("us", "s")
        rows.append({"section": section, "name": name, "unit": unit, "better": "lower" if lower else "higher",
                     "median": value, "low": value * 0.98, "high": value * 1.02,
                     "best": value * (0.97 if lower else 1.03), "spread": 0.04, "repeats": 11, "noisy": False,
                     "seconds": value * 1e-6 if lower else work / value * 1e-9, **more})
    for width in (1, 2, 4):
        add("compute", f"f32 x{width}", "GFLOP/s", 1000.0 * width, 1e9, flops=1e9)
    for kind in ("read", "write", "copy", "triad", "update"):
        for size in range(14, 29, 2):
            add("memory", f"{kind} {size}", "GB/s", 900.0 - 25 * size, 1e9, bytes=1e9, size=2 ** size)
    add("launch", "one kernel, replayed", "us", 20.0, 0)
    for name, flops, size in (("gemm 512x512x512", 2 * 512 ** 3, 3 << 20), ("softmax <4096>", 2e7, 32 << 20),
                              ("sum 4096x1024", 4e6, 16 << 20)):
        seconds = max(flops / 3e12, size / 200e9) * 2
        add("ops", name, "GFLOP/s", flops / seconds * 1e-9, flops, flops=flops, bytes=size, size=size, roofline=0.5)
    rows.append({"section": "ops", "name": "conv3x3", "unit": "GFLOP/s", "error": "kernel <x> did not build"})
    add("models", "lenet training N=128", "samples/s", 30000.0, 128 * 1e9, size=128, memory=4e7, detail="dot 50 %")
    return {"schema": "dlbench", "version": 1, "weft": "0.1.0", "date": "2026-01-02T03:04:05Z", "host": "Linux",
            "mode": "quick", "seconds": 20, "device": device, "devices": [device], "rows": rows}


def write(folder, name, document):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        json.dump(document, file)
    return path


def part_report(folder):
    document = made_up()
    check_document(document)
    path = write(folder, "a.json", document)
    page, plot = os.path.join(folder, "r.html"), os.path.join(folder, "r.svg")
    run("report", path, "-o", page)
    check_page(page, document)
    run("report", path, "--output", plot)
    svg = xml.etree.ElementTree.parse(plot).getroot()
    space = "{http://www.w3.org/2000/svg}"
    marks = [c for c in svg.iter(space + "circle") if "mark" in c.get("class")]
    check(len(marks) == 3, f"the roofline has {len(marks)} points, not 3")
    labels = ["".join(t.itertext()) for t in svg.iter(space + "text")]
    for name in ("gemm 512x512x512", "softmax <4096>", "sum 4096x1024"):
        check(name in labels, f"the roofline has no label {name}: {labels}")
    # The speed of a point and the peak are where the axis says: an operation of half the roofline is below the roof.
    roof = [line for line in svg.iter(space + "line") if line.get("class") == "roof"]
    flat = min(float(line.get("y2")) for line in roof)
    check(all(float(c.get("cy")) > flat for c in marks), "a point is above the peak")
    width, height = map(float, svg.get("viewBox").split()[2:])
    check(all(0 < float(c.get("cx")) < width and 0 < float(c.get("cy")) < height for c in marks), "points outside the plot")
    without = dict(document, rows=[r for r in document["rows"] if r["section"] == "launch"])
    path = write(folder, "b.json", without)
    _, error = run("report", path, "-o", plot, code=1)
    check("roofline" in error, "a plot of nothing: " + error)
    run("report", path, "-o", page)
    check_page(page, without)
    for change, names in (({"schema": "other"}, "dlbench"), ({"version": 2}, "later"), ({"rows": {}}, "rows"),
                          ({"rows": [1]}, "row")):
        _, error = run("report", write(folder, "c.json", dict(document, **change)), "-o", page, code=1)
        check(names in error, f"{change}: {error}")


def scaled(document, factor, sections=None, spread=1.0):
    """The same with every figure so many times as good."""
    changed = copy.deepcopy(document)
    for row in changed["rows"]:
        if "error" in row or (sections and row["section"] not in sections):
            continue
        by = 1 / factor if row["better"] == "lower" else factor
        for member in ("median", "low", "high", "best"):
            row[member] *= by
        row["low"] -= row["median"] * (spread - 1)
        row["high"] += row["median"] * (spread - 1)
    return changed


def part_compare(folder):
    base = made_up()
    a = write(folder, "a.json", base)
    figures = sum("error" not in row for row in base["rows"])
    out, _ = run("compare", a, a, "--fail-below", "0.99")
    check(f"{figures} figures: 0 better and 0 worse" in out and "1.00 times" in out, "a run beside itself: " + out)
    out, _ = run("compare", a, write(folder, "b.json", scaled(base, 2)))
    check(f"{figures} better and 0 worse" in out and "2.00 times" in out, "twice as good: " + out)
    slow = write(folder, "slow.json", scaled(base, 0.8, ("ops",)))
    out, _ = run("compare", a, slow)
    check("3 worse" in out and out.count("| worse ") == 3, "ops slower: " + out)
    run("compare", a, slow, "--fail-below", "0.7")
    out, error = run("compare", a, slow, "--fail-below", "0.9", code=1)
    check(out.count("FAILED") == 3 and "3 figures" in error, f"--fail-below: {out}{error}")
    noisy = write(folder, "noisy.json", scaled(base, 0.8, ("ops",), spread=1.5))
    out, _ = run("compare", a, noisy, "--fail-below", "0.9")
    check("0 worse" in out, "noise counts as a change: " + out)
    broken = copy.deepcopy(base)
    row = next(r for r in broken["rows"] if r["name"] == "sum 4096x1024")
    broken["rows"][broken["rows"].index(row)] = {"section": "ops", "name": row["name"], "unit": "GFLOP/s", "error": "lost"}
    path = write(folder, "broken.json", broken)
    out, _ = run("compare", a, path)
    check("failed in B: lost" in out, "a row that fails in B: " + out)
    run("compare", a, path, "--fail-below", "0.5", code=1)
    run("compare", path, a, "--fail-below", "0.5")
    _, error = run("compare", a, write(folder, "empty.json", dict(base, rows=[])), code=1)
    check("in common" in error, "nothing to compare: " + error)


def part_null(folder):
    """The null device counts and runs nothing: every check of a result must notice, and only its row is lost."""
    path = os.path.join(folder, "null.json")
    out, error = run("peak", "--quick", "--device", "null", "--json", path, code=1)
    with open(path) as file:
        document = json.load(file)
    check_document(document)
    check("nothing could be measured" in error, "null: " + error)
    good = [row["name"] for row in document["rows"] if "error" not in row]
    check(not good, f"null: measured without work: {good}")
    for section in ("compute", "memory", "local", "transfer", "launch", "atomics"):
        rows = [row for row in document["rows"] if row["section"] == section]
        check(rows and all(re.search("wrong|missing|not what was sent|no memory", row.get("error", "")) for row in rows), f"null: {section}: {str(rows)[:400]}")
    check(out.count("failed: ") == len(document["rows"]), "null: the tables do not show the failures")
    page = os.path.join(folder, "null.html")
    run("report", path, "-o", page)
    check_page(page, document)


def part_model(folder):
    """One workload over its batch sizes, its starts, and its tuning."""
    path = os.path.join(folder, "m.json")
    out, _ = run("model", "softmax", "--quick", "--json", path)
    with open(path) as file:
        document = json.load(file)
    check_document(document)
    models, starts = of(document, "models"), of(document, "start")
    for batch in (1, 8, 32, 100):
        check(f"softmax inference N={batch}" in models, f"batch {batch} is missing: {list(models)}")
    check(len(models) == 7 and not any("error" in row for row in document["rows"]), f"model softmax: {document['rows']}")
    memory = [models[f"softmax inference N={n}"]["memory"] for n in (1, 8, 32, 100)]
    check(memory == sorted(memory) and memory[0] > 4 * 7850 and memory[3] > 4 * (7850 + 784 * 100), f"memory: {memory}")
    cold, warm = (starts.get(f"softmax N=100, {kind} start", {}).get("median", 0) for kind in ("cold", "warm"))
    check(0 < warm < cold, f"starts: cold {cold}, warm {warm}")
    left = [name for name in os.listdir(folder) if name.startswith("dlbench-")]
    check(not left, f"left in $TMPDIR: {left}")
    cache = os.path.join(folder, "cache")
    run("tune", "softmax", "--quick", "--json", path, env={"WEFT_CACHE": cache})
    with open(path) as file:
        document = json.load(file)
    check_document(document)
    tuned = of(document, "tune")
    check(len(tuned) == 2 and all("times as fast" in row["detail"] for row in tuned.values()), f"tune: {document['rows']}")
    check(os.path.isdir(os.path.join(cache, "tune")) and os.listdir(os.path.join(cache, "tune")), "tune left no database")


def main():
    parts = {"usage": part_usage, "info": part_info, "report": part_report, "compare": part_compare,
             "null": part_null, "model": part_model,
             "failing-opencl": lambda folder: part_failing(folder, "opencl"),
             "failing-vulkan": lambda folder: part_failing(folder, "vulkan"),
             "quick-opencl": lambda folder: part_quick(folder, "opencl"),
             "quick-vulkan": lambda folder: part_quick(folder, "vulkan")}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = folder
        parts[PART](folder)
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
