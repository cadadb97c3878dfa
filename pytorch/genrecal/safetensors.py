"""The safetensors file format: u64 little-endian header length, JSON header, tensor bytes.

https://github.com/huggingface/safetensors#format. Offsets are relative to the end of the header.
"""
import json
import struct

import numpy as np
import torch

_DTYPES = {'F16': np.float16, 'F32': np.float32, 'I32': np.int32, 'I64': np.int64}
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}


def save_file(tensors, path, metadata=None):
    """Writes {name: tensor} in the given order. Only f16, f32, i32 and i64 are stored."""
    header, blobs, offset = {}, [], 0
    if metadata:
        header['__metadata__'] = metadata
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor.detach().cpu().numpy())
        blob = array.tobytes()
        header[name] = {
            'dtype': _NAMES[array.dtype],
            'shape': list(array.shape),
            'data_offsets': [offset, offset + len(blob)],
        }
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)  # the data starts on an 8-byte boundary
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)))
        file.write(text)
        for blob in blobs:
            file.write(blob)


def load_file(path):
    """Returns {name: tensor}, in file order."""
    with open(path, 'rb') as file:
        return load(file.read())


def load(contents):
    """{name: tensor} of a file's bytes, in file order."""
    (length,) = struct.unpack('<Q', contents[:8])
    header = json.loads(contents[8 : 8 + length])
    data = memoryview(contents)[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if name == '__metadata__':
            continue
        start, end = entry['data_offsets']
        array = np.frombuffer(data[start:end], dtype=_DTYPES[entry['dtype']]).reshape(entry['shape'])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors
