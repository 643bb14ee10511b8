"""PyTorch's side of layers.c, under the same names: single layers and ops in the sizes of common networks."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Layers:
    """Each method returns what gradients are taken by, and a function that computes the layer."""

    def __init__(self, device):
        self.device = device

    def numbers(self, *shape):
        return torch.randn(*shape, device=self.device, requires_grad=True)

    def image(self, n, channels, edge):
        return self.numbers(n, channels, edge, edge).detach().contiguous(
            memory_format=torch.channels_last).requires_grad_()

    def conv(self, n, channels, edge, outer, window, **options):
        x, inner = self.image(n, channels, edge), channels // options.get("groups", 1)
        w = self.numbers(outer, inner, window, window).detach().contiguous(
            memory_format=torch.channels_last).requires_grad_()
        return (x, w), lambda: F.conv2d(x, w, **options)

    def conv1d(self, channels, dilation):
        x, w = self.numbers(16, channels, 256), self.numbers(channels, channels, 3)
        return (x, w), lambda: F.conv1d(F.pad(x, (2 * dilation, 0)), w, dilation=dilation)

    def of(self, function, *operands):
        return operands, lambda: function(*operands)

    def module(self, module, x, result=lambda y: y):
        module = module.to(self.device)
        return (x, *module.parameters()), lambda: result(module(x))

    def attention(self, causal):
        q, k, v = (self.numbers(2, 8, 512, 64) for _ in range(3))
        if hasattr(F, "scaled_dot_product_attention"):
            return (q, k, v), lambda: F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        hidden = torch.full((512, 512), float("-inf")).triu(1) if causal else 0
        return (q, k, v), lambda: torch.softmax(q @ k.transpose(-1, -2) / 8 + hidden, -1) @ v

    def places(self, count, limit):
        return torch.arange(count, device=self.device) * 7919 % limit

    def losses(self, n, classes):
        wanted = self.places(n, classes)
        return self.of(lambda x: F.cross_entropy(x, wanted, reduction="none"), self.numbers(n, classes))

    def binary_losses(self, *shape):
        wanted = torch.rand(*shape, device=self.device)
        return self.of(lambda x: F.binary_cross_entropy_with_logits(x, wanted, reduction="none"), self.numbers(*shape))

    def embedding(self, words, width, count):
        places = self.places(count, words)
        return self.of(lambda w: F.embedding(places, w), self.numbers(words, width))


def layers_on(device):
    o = Layers(device)
    table = lambda: o.numbers(4096, 1024)
    return {
        "conv3x3_stride2": lambda: o.conv(16, 128, 28, 128, 3, stride=2, padding=1),
        "conv1x1": lambda: o.conv(8, 256, 56, 64, 1),
        "conv1x1_stride2": lambda: o.conv(8, 256, 56, 512, 1, stride=2),
        "conv3x3_groups32": lambda: o.conv(8, 128, 28, 128, 3, padding=1, groups=32),
        "conv3x3_groups8": lambda: o.conv(8, 128, 28, 128, 3, padding=1, groups=8),
        "conv3x3_groups4": lambda: o.conv(8, 128, 28, 128, 3, padding=1, groups=4),
        "conv3x3_dilation2": lambda: o.conv(8, 64, 28, 64, 3, padding=2, dilation=2),
        "conv5x5": lambda: o.conv(32, 32, 14, 64, 5, padding=2),
        "conv7x7_stride2": lambda: o.conv(2, 3, 224, 64, 7, padding=3, stride=2),
        "depthwise3x3": lambda: o.conv(8, 144, 56, 144, 3, padding=1, groups=144),
        "depthwise7x7": lambda: o.conv(8, 96, 28, 96, 7, padding=3, groups=96),
        "depthwise5x5_stride2": lambda: o.conv(8, 144, 56, 144, 5, padding=2, groups=144, stride=2),
        "conv1d": lambda: o.conv1d(64, 1),
        "conv1d_dilation8": lambda: o.conv1d(32, 8),
        "max_pool2x2": lambda: o.of(lambda x: F.max_pool2d(x, 2), o.image(32, 64, 28)),
        "max_pool3x3_stride2": lambda: o.of(lambda x: F.max_pool2d(x, 3, 2, 1), o.image(8, 64, 112)),
        "avg_pool2x2": lambda: o.of(lambda x: F.avg_pool2d(x, 2), o.image(32, 64, 28)),
        "global_avg_pool": lambda: o.of(lambda x: x.mean((2, 3)), o.image(32, 512, 7)),
        "batch_norm_relu": lambda: o.module(nn.BatchNorm2d(64), o.image(8, 64, 56), F.relu),
        "layer_norm": lambda: o.module(nn.LayerNorm(512), o.numbers(2048, 512)),
        "cross_entropy_32768": lambda: o.losses(512, 32768),
        "cross_entropy_10": lambda: o.losses(8192, 10),
        "embedding": lambda: o.embedding(30000, 256, 4096),
        "attention_causal": lambda: o.attention(True),
        "attention": lambda: o.attention(False),
        "batched_matmul": lambda: o.of(torch.matmul, o.numbers(64, 128, 64), o.numbers(64, 64, 128)),
        "vector_by_matrix": lambda: o.of(torch.matmul, o.numbers(1, 2048), o.numbers(2048, 1000)),
        "dense_gelu": lambda: o.of(lambda a, b: F.gelu(a @ b), o.numbers(512, 768), o.numbers(768, 3072)),
        "dropout": lambda: o.of(lambda x: F.dropout(x, 0.3), table()),
        "mean_of_columns": lambda: o.of(lambda x: x.mean(0), table()),
        "variance_of_columns": lambda: o.of(lambda x: x.var(0), table()),
        "max_of_rows": lambda: o.of(lambda x: x.amax(1), table()),
        "transpose": lambda: o.of(lambda x: (x.transpose(1, 2) + 1).contiguous(), o.numbers(64, 128, 256)),
        "concat": lambda: o.of(lambda *parts: torch.cat(parts, 1), *[o.numbers(256, 64, 64) for _ in range(4)]),
        "silu": lambda: o.of(F.silu, table()),
        "tanh": lambda: o.of(torch.tanh, table()),
        "softmax_of_columns": lambda: o.of(lambda x: torch.softmax(x, 0), o.numbers(1024, 1024)),
        "lstm": lambda: o.module(nn.LSTM(64, 128, batch_first=True), o.numbers(32, 32, 64), lambda y: y[0][:, -1]),
        "log_softmax": lambda: o.of(lambda x: F.log_softmax(x, 1), o.numbers(4096, 1000)),
        "binary_cross_entropy": lambda: o.binary_losses(4096, 256),
        "broadcast_mul": lambda: o.of(torch.mul, o.numbers(64, 256, 256), o.numbers(64, 1, 256)),
    }


def prepare(name, with_gradients, device):
    """A step, and its work: one layer."""
    operands, forward = layers_on(device)[name]()
    dy = torch.randn_like(forward())

    def step():
        for x in operands:
            x.grad = None
        forward().backward(dy)

    def infer():
        with torch.no_grad():
            forward()

    return (step if with_gradients else infer), 1
