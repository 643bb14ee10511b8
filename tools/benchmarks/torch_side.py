#!/usr/bin/python3
"""PyTorch's side of tools/bench, in the protocol of serve.h, on the device named by the argument (cpu). Jobs:
  model NAME BATCH train|infer         the networks of tools/models, in float32, convolutions with channels last
  graph NAME BATCH train|infer         the same, a step recorded once and replayed (a GPU's only)
  layer NAME forward|train             torch_layers.py
  gemm M N K; conv forward|dx|dw N C EDGE OC; softmax R C; layer_norm R C; chain N; copy N"""
import json
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_layers


class Block(nn.Module):
    """A residual block of ResNet-18."""

    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer)
        self.conv2, self.norm2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer)
        self.short = nn.Identity()
        if stride != 1 or inner != outer:
            self.short = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.short(x))


def resnet18():
    widths, layers, inner = (64, 128, 256, 512), [], 64
    for stage, width in enumerate(widths):
        for block in range(2):
            layers.append(Block(inner, width, 2 if stage and not block else 1))
            inner = width
    return nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), *layers,
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


class Decoder(nn.Module):
    """A transformer's block: attention to what came before, then two dense layers, each after a norm."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, length, width = x.shape
        parts = self.qkv(self.norm1(x)).split(width, 2)
        q, k, v = (p.view(batch, length, self.heads, -1).transpose(1, 2) for p in parts)
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = q @ k.transpose(2, 3) * (width // self.heads) ** -0.5
            later = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
            y = scores.masked_fill(later, float("-inf")).softmax(3) @ v
        x = x + self.out(y.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, words=96, width=128, heads=4, blocks=4, length=128):
        super().__init__()
        self.embed, self.places = nn.Embedding(words, width), nn.Parameter(torch.randn(length, width) * 0.02)
        self.blocks = nn.Sequential(*[Decoder(width, heads) for _ in range(blocks)])
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, words, bias=False)

    def forward(self, x):
        return self.out(self.norm(self.blocks(self.embed(x) + self.places))).flatten(0, 1)


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(8, 128, batch_first=True), nn.Linear(128, 1)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


def softmax():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def lenet():
    return nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))


IMAGES = lambda edge, channels: lambda n: (torch.randn(n, channels, edge, edge), torch.randint(10, (n,)), n)
MODELS = {
    "softmax": (softmax, IMAGES(28, 1), F.cross_entropy, lambda p: torch.optim.SGD(p, 0.1)),
    "mlp": (mlp, IMAGES(28, 1), F.cross_entropy, lambda p: torch.optim.Adam(p, 1e-3)),
    "lenet": (lenet, IMAGES(28, 1), F.cross_entropy, lambda p: torch.optim.Adam(p, 1e-3)),
    "resnet18": (resnet18, IMAGES(32, 3), F.cross_entropy, lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    "gpt": (Gpt, lambda n: (torch.randint(96, (n, 128)), torch.randint(96, (n * 128,)), n * 128), F.cross_entropy,
            torch.optim.AdamW),
    "lstm": (Lstm, lambda n: (torch.randn(n, 64, 8), torch.randn(n, 1), n), F.mse_loss, torch.optim.Adam),
}


def conv(what, batch, channels, edge, outer, device):
    """3 x 3, padding 1, stride 1, channels last."""
    last = lambda *shape: torch.randn(*shape, device=device).contiguous(memory_format=torch.channels_last)
    x, w, dy = last(batch, channels, edge, edge), last(outer, channels, 3, 3), last(batch, outer, edge, edge)
    if what == "forward":
        step = lambda: F.conv2d(x, w, padding=1)
    else:
        mask = [what == "dx", what == "dw", False]
        step = lambda: torch.ops.aten.convolution_backward(dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, mask)
    return step, 2 * dy.numel() * channels * 9


def kernel(words, device):
    """A step of one kernel, and its operations or bytes."""
    kind, *rest = words
    if kind == "conv":
        return conv(rest[0], *map(int, rest[1:]), device)
    n = list(map(int, rest))
    if kind == "gemm":
        a, b = torch.randn(n[0], n[2], device=device), torch.randn(n[2], n[1], device=device)
        c = torch.empty(n[0], n[1], device=device)
        return lambda: torch.mm(a, b, out=c), 2 * n[0] * n[1] * n[2]
    x = torch.randn(*n, device=device)
    y = torch.randn(*n, device=device)
    steps = {"softmax": lambda: torch.softmax(x, 1), "layer_norm": lambda: F.layer_norm(x, x.shape[1:]),
             "chain": lambda: torch.add(x, y, alpha=0.5).relu_(), "copy": lambda: y.copy_(x)}
    return steps[kind], (12 if kind == "chain" else 8) * x.numel()


def recorded(step):
    """The step as a graph that is replayed: without the host's time for every kernel."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def prepare(words, device):
    if words[0] == "layer":
        return torch_layers.prepare(words[1], words[2] == "train", device)
    if words[0] not in ("model", "graph"):
        return kernel(words, device)
    kind, name, batch, mode = words
    build, data, loss, optimizer = MODELS[name]
    torch.manual_seed(1)
    x, t, items = data(int(batch))
    model, x, t = build().to(device), x.to(device), t.to(device)
    if x.dim() == 4:
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    update = optimizer(model.parameters())
    if kind == "graph":
        for group in update.param_groups:
            group["capturable"] = "capturable" in group  # Adam's count of steps stays on the device

    def train():
        update.zero_grad(set_to_none=True)
        loss(model(x), t).backward()
        update.step()

    def infer():
        with torch.no_grad():
            model(x)

    model.train(mode == "train")
    step = train if mode == "train" else infer
    return recorded(step) if kind == "graph" else step, items


def main():
    device = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cpu")
    wait = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    step = None

    def seconds(count):
        begin = time.perf_counter()
        for _ in range(count):
            step()
        wait()
        return (time.perf_counter() - begin) / count

    for line in sys.stdin:
        words = line.split()
        if words[0] == "prepare":
            try:
                step, work = prepare(words[1:], device)
                seconds(3)
                answer = {"work": work}
            except (KeyError, TypeError, ValueError, RuntimeError) as error:
                answer = {"error": "PyTorch: %s" % error}
        else:
            once, count, times = seconds(1), 1, []
            while count < 1024 and once * count < 5e-3:
                count *= 2
            end = time.perf_counter() + float(words[1])
            while time.perf_counter() < end or len(times) < 3:
                times.append(seconds(count))
            answer = {"seconds": statistics.median(times), "runs": count * len(times)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
