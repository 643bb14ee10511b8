#!/usr/bin/env python3
"""The `weft` command and the examples as a user runs them.
usage: test_command.py WEFT SOFTMAX CNN SOURCE_ROOT PART; prints one line a failed check and fails when there is any."""
import glob
import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

import pictures

WEFT, SOFTMAX, CNN, ROOT, PART = sys.argv[1:6]
FAILED = []
MODELS = ("softmax", "mlp", "lenet")


def check(good, what):
    if not good:
        FAILED.append(what)
        print("FAILED:", what)


def run(*words, program=WEFT, code=0, env=None, cwd=None):
    """Runs, checks the exit code, returns standard output and standard error."""
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, **(env or {})})
    check(done.returncode == code,
          f"{' '.join(map(str, words))}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def devices():
    """Ids of the usable devices, the reference last."""
    out, _ = run("devices", "--json")
    return [d["id"] for d in json.loads(out) if d["usable"] and d["backend"] != "null"]


def read(*words):
    with open(os.path.join(ROOT, *words), encoding="utf-8") as file:
        return file.read()


def losses(out):
    return [float(line.split()[-1]) for line in out.splitlines() if line.startswith("step ")]


# ---- JSON Schema, the part that doc/metrics-schema.json uses ----

KINDS = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int, "boolean": bool,
         "null": type(None)}


def schema_errors(value, schema, where="$"):
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, KINDS[k]) and not (isinstance(value, bool) and k != "boolean") for k in kinds):
        return [f"{where}: {value!r} is not of type {kinds}"]
    found = []
    if "const" in schema and value != schema["const"]:
        found.append(f"{where}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is not one of {schema['enum']}")
    if "minimum" in schema and value is not None and value < schema["minimum"]:
        found.append(f"{where}: {value!r} is below {schema['minimum']}")
    if "maximum" in schema and value is not None and value > schema["maximum"]:
        found.append(f"{where}: {value!r} is above {schema['maximum']}")
    if isinstance(value, dict):
        members = schema.get("properties", {})
        found += [f"{where}: {key} is missing" for key in schema.get("required", []) if key not in value]
        if schema.get("additionalProperties", True) is False:
            found += [f"{where}: {key} is unknown" for key in value if key not in members]
        for key in members.keys() & value.keys():
            found += schema_errors(value[key], members[key], f"{where}.{key}")
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            found += schema_errors(item, schema["items"], f"{where}[{i}]")
    return found


def read_report(path):
    report = json.load(open(path))
    schema = json.load(open(os.path.join(ROOT, "doc", "metrics-schema.json")))
    for error in schema_errors(report, schema):
        check(False, "metrics schema: " + error)
    broken = dict(report, version=2)
    check(schema_errors(broken, schema), "the schema checker lets a wrong version through")
    return report


# ---- parts ----

def check_environment(page):
    """Every variable that a source reads is in the list, and the list is in every place where one would look."""
    listed = set(re.findall(r'VARIABLE\("(\w+)"', read("src", "base", "environment.def")))
    asked = set()
    for top in ("src", "tools"):
        for path in glob.glob(os.path.join(ROOT, top, "**", "*.c"), recursive=True):
            asked |= set(re.findall(r'getenv\("(WEFT_\w+)"', read(path)))
    check(asked and asked == listed, f"environment.def lists {listed}, the sources read {asked}")
    every, _ = run("--help")
    _, debug = run("inspect", "softmax", "--graph", "--device", "reference", env={"WEFT_DEBUG": "help"})
    for place, text in (("--help", every), ("WEFT_DEBUG=help", debug), ("weft.1", page),
                        ("weft.h", read("include", "weft", "weft.h"))):
        for name in listed:
            check(re.search(name + r"\b", text), f"{place} does not name {name}")
    for name in ("WEFT_TUNE", "WEFT_CLASS", "WEFT_SKIP", "WEFT_DEBUG"):
        check(name in run("inspect", "--help")[0], f"inspect --help does not name {name}")


def part_usage(folder):
    out, _ = run("--version")
    check(out.startswith("weft ") and out.count(".") == 2, "version: " + out)
    out, _ = run("--help")
    commands = ("devices", "train", "eval", "predict", "gallery", "inspect")
    for command in commands:
        check(f"\n  {command}" in out, f"--help does not name {command}")
        text, _ = run(command, "--help")
        check(f"usage: weft {command}" in text and "--help" in text, f"{command} --help: {text}")
    page = open(os.path.join(ROOT, "doc", "weft.1")).read()
    for command in commands:
        text, _ = run(command, "--help")
        for word in text.split():
            if word.startswith("--") and len(word) > 2 and word[2].isalpha():
                check("\\-\\-" + word[2:].strip(".,`").replace("-", "\\-") in page, f"weft.1 does not name {word}")
    check_environment(page)
    missing, text_file = os.path.join(folder, "missing"), os.path.join(folder, "text")
    open(text_file, "w").write("no model\n")
    empty = os.path.join(folder, "empty")
    os.makedirs(empty)
    cases = [  # words, exit code, what standard error names
        ([], 2, "usage"), (["fly"], 2, "fly"), (["train"], 2, "MODEL"), (["train", "gpt9"], 2, "gpt9"),
        (["train", "softmax", "extra"], 2, "extra"), (["train", "softmax", "--bogus"], 2, "--bogus"),
        (["train", "softmax", "--bogus=1"], 2, "--bogus"), (["train", "softmax", "-x"], 2, "-x"),
        (["train", "softmax", "--lr"], 2, "--lr"), (["train", "softmax", "--lr", "fast"], 2, "fast"),
        (["train", "softmax", "--lr", "nan"], 2, "nan"), (["train", "softmax", "--batch", "0"], 2, "--batch"),
        (["train", "softmax", "--batch", "1.5"], 2, "1.5"), (["train", "softmax", "--quiet=1"], 2, "--quiet"),
        (["train", "softmax", "--optimizer", "magic"], 2, "magic"), (["train", "softmax", "--schedule", "odd"], 2, "odd"),
        (["train", "softmax", "--steps", "3", "--epochs", "1"], 2, "--epochs"),
        (["train", "softmax", "--device", "quantum:0"], 1, "quantum:0"),
        (["train", "softmax", "--device", "reference", "--data", missing], 1, missing),
        (["train", "softmax", "--device", "reference", "--data", empty], 1, empty),
        (["train", "softmax", "--device", "reference", "--classes", "a,b"], 1, "a,b"),
        (["eval"], 2, "--load"), (["eval", "--load", missing], 1, missing), (["eval", "--load", text_file], 1, text_file),
        (["predict", "--load", missing], 2, "IMAGE"), (["predict", missing], 2, "--load"),
        (["predict", missing, "--load", text_file], 1, missing), (["predict", text_file, "--load", text_file], 1, text_file),
        (["gallery", "--load", text_file], 2, "--output"), (["gallery", "--output", text_file], 2, "--load"),
        (["inspect"], 2, "MODEL"), (["inspect", "gpt9"], 2, "gpt9"), (["devices", "extra"], 2, "extra"),
    ]
    for words, code, names in cases:
        out, error = run(*words, code=code)
        check(names in error, f"{' '.join(words)}: standard error does not name {names}: {error}")
        check(out == "", f"{' '.join(words)}: prints to standard output: {out}")


def part_devices(folder):
    """Every device trains every model to the reference's losses, and prints its plan."""
    data = os.path.join(folder, "data")
    pictures.write_data(data)
    out, _ = run("devices")
    for device in devices():
        check(device in out, f"the table of devices does not list {device}")
    for model, steps, batch in (("softmax", 6, 20), ("mlp", 3, 10), ("lenet", 2, 4)):
        want = None
        for device in reversed(devices()):
            out, _ = run("train", model, "--steps", steps, "--batch", batch, "--data", data, "--device", device)
            got = losses(out)
            check(len(got) == steps and all(math.isfinite(x) for x in got), f"{model} on {device}: {out}")
            check(abs(got[0] - math.log(10)) < 0.5, f"{model} on {device}: an untrained model's loss is {got[0]}")
            want = want or got
            check(all(abs(a - b) < 1e-3 * max(1, abs(a)) for a, b in zip(want, got)),
                  f"{model} on {device}: losses {got}, the reference's are {want}")
    for device in devices():
        out, _ = run("inspect", "lenet", "--batch", 8, "--device", device)
        check("FLOP" in out and "steps" in out, f"inspect on {device}: {out}")
        out, _ = run("inspect", "softmax", "--profile", "--device", device)
        steps = [line for line in out.splitlines() if re.match(r" +\d+  \w+ ", line)]
        check(device == "reference" or steps, f"inspect --profile on {device}: {out}")
        check(all(re.search(r" \d+ %  \S", line) for line in steps), f"a step without its part of the roofline: {out}")
        check(device == "reference" or re.search(r"us, \d+ % of the roofline;", out), f"inspect --profile on {device}: {out}")
        out, _ = run("inspect", "gpt", "--batch", 1, "--inference", "--device", device)
        check("FLOP" in out and "steps" in out, f"inspect gpt on {device}: {out}")
    for model in MODELS:
        out, _ = run("inspect", model, "--graph", "--device", "reference")
        check("param" in out and "assign" in out, f"inspect {model} --graph: {out[:200]}")
        out, _ = run("inspect", model, "--graph", "--inference", "--device", "reference")
        check("param" in out and "assign" not in out, f"inspect {model} --inference: {out[:200]}")
        out, _ = run("inspect", model, "--dot", "--device", "reference")
        check(out.startswith("digraph") and out.rstrip().endswith("}"), f"inspect {model} --dot: {out[:200]}")


def part_train(folder):
    data, model, report = (os.path.join(folder, name) for name in ("data", "m.safetensors", "m.json"))
    pictures.write_data(data)
    common = ["--data", data, "--device", "reference"]
    out, _ = run("train", "softmax", "--epochs", 4, "--batch", 20, "--lr", 0.05, "--save", model, "--json", report,
                 "--classes", "a,b,c,d,e,f,g,h,i,j", *common)
    check("epoch 4/4" in out and "left" in out, f"train prints no progress: {out}")
    quiet, _ = run("train", "softmax", "--epochs", 1, "--batch", 20, "--quiet", *common)
    check("left" not in quiet and "accuracy" in quiet, f"train --quiet: {quiet}")
    metrics = read_report(report)
    last = metrics["epochs"][-1]
    check(len(metrics["epochs"]) == 4 and metrics["batch"] == 20 and metrics["learning_rate"] == 0.05, str(metrics))
    check(metrics["parameters"] == 7850 and (metrics["train_images"], metrics["test_images"]) == (300, 90), str(metrics))
    check(last["steps"] == 15 and last["images"] == 300, str(last))
    check(last["test_accuracy"] > 0.95 and last["train_loss"] < metrics["epochs"][0]["train_loss"], str(last))
    out, _ = run("eval", "--load", model, "--json", *common)
    got = json.loads(out)
    check(got["images"] == 90 and got["model"] == "softmax", out)
    check(abs(got["accuracy"] - last["test_accuracy"]) < 1e-6 and abs(got["loss"] - last["test_loss"]) < 1e-4,
          f"eval: {got}, train: {last}")
    for batch in (1, 7, 90):  # a padded last batch counts each image once
        out, _ = run("eval", "--load", model, "--json", "--batch", batch, *common)
        check(abs(json.loads(out)["accuracy"] - got["accuracy"]) < 1e-6 and
              abs(json.loads(out)["loss"] - got["loss"]) < 1e-4, f"eval --batch {batch}: {out}, not {got}")
    size = struct.unpack("<Q", open(model, "rb").read(8))[0]
    header = json.loads(open(model, "rb").read()[8:8 + size])
    check(header["__metadata__"]["weft.model"] == "softmax", str(header))
    check(header["1.weight"]["shape"] == [784, 10] and "train.loss_sum" not in header, str(header))
    # the same seed gives the same file, another seed another
    files = [os.path.join(folder, f"seed{i}.safetensors") for i in range(3)]
    for path, seed in zip(files, (7, 7, 8)):
        run("train", "softmax", "--steps", 5, "--batch", 30, "--seed", seed, "--optimizer", "adam", "--save", path, *common)
    first, second, other = (open(path, "rb").read() for path in files)
    check(first == second, "two runs of one seed saved different files")
    check(first != other, "two seeds saved the same file")
    # every optimizer and schedule lowers the loss
    for optimizer, rate in (("sgd", 0.05), ("momentum", 0.01), ("nesterov", 0.01), ("adam", 0.01), ("adamw", 0.01)):
        for schedule in ("constant", "cosine", "linear"):
            out, _ = run("train", "softmax", "--steps", 15, "--batch", 60, "--lr", rate, "--optimizer", optimizer,
                         "--schedule", schedule, "--warmup", 2, *common)
            check(len(losses(out)) == 15 and losses(out)[-1] < losses(out)[0], f"{optimizer}, {schedule}: {out}")
    # a run that cannot write says so, and leaves nothing half-done
    _, error = run("train", "softmax", "--steps", 1, "--save", os.path.join(folder, "no", "m"), *common, code=1)
    check(os.path.join(folder, "no", "m") in error, error)
    _, error = run("train", "softmax", "--steps", 1, "--json", os.path.join(folder, "no", "j"), *common, code=1)
    check(os.path.join(folder, "no", "j") in error, error)
    _, error = run("train", "softmax", "--batch", 301, *common, code=1)
    check("301" in error, error)
    damaged = os.path.join(folder, "damaged.safetensors")
    open(damaged, "wb").write(open(model, "rb").read()[:-100])
    _, error = run("eval", "--load", damaged, *common, code=1)
    check(damaged in error, error)
    check(not glob.glob(os.path.join(folder, "*.tmp*")), "temporary files are left behind")


def part_pictures(folder):
    data, model = os.path.join(folder, "data"), os.path.join(folder, "m.safetensors")
    pictures.write_data(data)
    names = "zero,one,two,three,four,five,six,seven,eight,nine"
    common = ["--device", "reference"]
    run("train", "softmax", "--epochs", 6, "--batch", 20, "--data", data, "--save", model, "--classes", names, "--quiet",
        *common)
    rng = random.Random(5)
    image = os.path.join(folder, "image.png")
    for kind in (0, 4, 9):
        plain = pictures.picture(kind, rng)
        big = bytes(plain[y // 3 * 28 + x // 3] for y in range(84) for x in range(84))
        shapes = (("as it is", 28, plain), ("inverted", 28, bytes(255 - v for v in plain)), ("three times as large", 84, big))
        for what, edge, grey in shapes:
            pictures.write_png(image, edge, edge, grey)
            out, _ = run("predict", image, "--load", model, *common)
            check(out.startswith(names.split(",")[kind]) and "#" in out, f"class {kind}, {what}: {out}")
            out, _ = run("predict", image, "--load", model, "--json", *common)
            answer = json.loads(out)
            check(len(answer) == 10 and abs(sum(a["probability"] for a in answer) - 1) < 1e-4, out)
    sheet = os.path.join(folder, "sheet.png")
    out, _ = run("gallery", "--load", model, "--data", data, "--count", 11, "-o", sheet, *common)
    width, height, rows = pictures.read_png(sheet)
    colours = {pixel for row in rows for pixel in row}
    check(f"{width}x{height}" in out, out)
    check((20, 130, 60) in colours, "no right prediction is green")
    # an untrained model is wrong somewhere
    run("train", "softmax", "--steps", 1, "--lr", 0, "--batch", 20, "--data", data, "--save", model, *common)
    run("gallery", "--load", model, "--data", data, "--count", 40, "--output", sheet, *common)
    rows = pictures.read_png(sheet)[2]
    check((200, 30, 30) in {pixel for row in rows for pixel in row}, "no wrong prediction is red")
    _, error = run("gallery", "--load", model, "--data", data, "--count", 91, "--output", sheet, *common, code=1)
    check(error != "", "a count above the test images passes")


def part_examples(folder):
    data = os.path.join(folder, "data")
    pictures.write_data(data, test=10000)  # the example scores them in one batch
    env = {"WEFT_DATA": data, "WEFT_DEVICE": "reference"}
    out, _ = run(2, program=SOFTMAX, env=env, cwd=folder)
    check("epoch 2" in out and float(out.split()[-1]) > 0.5, out)
    out, _ = run(1, program=CNN, env=env, cwd=folder)
    check("step 1: loss" in out, out)
    check(os.path.getsize(os.path.join(folder, "cnn.safetensors")) > 1000000, "cnn saves no model")
    _, error = run(1, program=SOFTMAX, env={**env, "WEFT_DATA": os.path.join(folder, "nowhere")}, cwd=folder, code=1)
    check("nowhere" in error, error)
    _, error = run(1, program=CNN, env={**env, "WEFT_DEVICE": "quantum:0"}, cwd=folder, code=1)
    check("quantum:0" in error, error)


with tempfile.TemporaryDirectory() as workplace:
    os.environ.pop("WEFT_DATA", None)
    os.environ["WEFT_CACHE"] = os.path.join(workplace, "cache")
    globals()["part_" + PART](workplace)
print("ok" if not FAILED else f"{len(FAILED)} checks failed")
sys.exit(1 if FAILED else 0)
