"""Safetensors files in vlmo's layout."""

import contextlib
import hashlib
import json
import os
import struct

import numpy as np

TYPES = {"F64": np.float64, "F32": np.float32, "I32": np.int32}
NAMES = {np.dtype(kind): name for name, kind in TYPES.items()}


def read_tensors(path):
    """Arrays by name, memory-mapped."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    start = 8 + length
    if os.path.getsize(path) == start:
        data = np.zeros(0, np.uint8)
    else:
        data = np.memmap(path, np.uint8, "r", start)
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = data[begin:end].view(TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_tensors(path, tensors):
    """Writes arrays, wider elements first, then by name; returns the manifest entry of the file."""
    order = sorted(tensors, key=lambda name: (-tensors[name].itemsize, name))
    header, at = {}, 0
    for name in order:
        array = tensors[name]
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(8 + len(text)) % 64)
    chunks = [struct.pack("<Q", len(text)), text] + [np.ascontiguousarray(tensors[name]).data for name in order]
    return write_file(path, chunks)


def write_file(path, chunks):
    """Writes and flushes a new file; returns its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    with naming(path), open(path, "xb") as file:
        for chunk in chunks:
            view = memoryview(chunk).cast("B") if memoryview(chunk).nbytes else b""
            digest.update(view)
            file.write(view)
            size += len(view)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": size, "sha256": digest.hexdigest()}


@contextlib.contextmanager
def naming(path):
    """Adds the file name to errors: the system does not report in which file a write failed."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or path
        raise


def hash_file(path):
    with open(path, "rb") as file:
        return {"bytes": os.path.getsize(path), "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
