"""Image files for the tests of the command: a small data set in MNIST's four files, PNG written and read, no packages."""
import os
import random
import struct
import zlib


def picture(kind, rng):
    """28x28 bytes: a bright bar whose height tells the class, on noise; any model learns it in a few steps."""
    rows = [[rng.randrange(30) for _ in range(28)] for _ in range(28)]
    for y in range(2 * kind + 3, 2 * kind + 6):
        for x in range(4, 24):
            rows[y][x] = 200 + rng.randrange(56)
    return bytes(value for row in rows for value in row)


def write_idx(path, dims, data):
    with open(path, "wb") as out:
        out.write(struct.pack(">HBB", 0, 8, len(dims)) + b"".join(struct.pack(">I", d) for d in dims) + data)


def write_data(folder, train=300, test=90):
    """The four files; test images are not a multiple of any usual batch."""
    os.makedirs(folder, exist_ok=True)
    rng = random.Random(1)
    for prefix, count in (("train", train), ("t10k", test)):
        kinds = [rng.randrange(10) for _ in range(count)]
        write_idx(os.path.join(folder, prefix + "-images-idx3-ubyte"), (count, 28, 28),
                  b"".join(picture(k, rng) for k in kinds))
        write_idx(os.path.join(folder, prefix + "-labels-idx1-ubyte"), (count,), bytes(kinds))


def write_png(path, width, height, grey):
    """8-bit grey PNG of the bytes, rows from the top."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    lines = b"".join(b"\0" + grey[y * width:(y + 1) * width] for y in range(height))
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
                  chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def read_png(path):
    """(width, height, rows of RGB tuples) of an 8-bit RGB PNG."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG signature"
    at, packed, width, height = 8, b"", 0, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert (depth, colour) == (8, 2), "not 8-bit RGB"
        if kind == b"IDAT":
            packed += body
        at += 12 + size
    raw, stride, rows, before = zlib.decompress(packed), 3 * width, [], bytearray(3 * width)
    for y in range(height):
        line = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        unfilter(raw[y * (stride + 1)], line, before)
        rows.append([tuple(line[3 * x:3 * x + 3]) for x in range(width)])
        before = line
    return width, height, rows


def unfilter(kind, line, before):
    """PNG specification, section 9.2, for three bytes a pixel."""
    for i in range(len(line)):
        left, up, corner = (line[i - 3] if i >= 3 else 0), before[i], (before[i - 3] if i >= 3 else 0)
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        elif kind == 4:
            far = [(abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner)]
            guess = min(far)[2]
        else:
            guess = 0
        line[i] = (line[i] + guess) & 255
