"""What Pillow makes of a small picture in other sizes: test/fixtures/resize.json, for `data/resize.ts`.

A faint picture in floats, where nothing is rounded or cut off, and a strong one in bytes, where both happens after each of two passes.
"""
import json
from pathlib import Path

import numpy as np
from PIL import Image

OUT = Path(__file__).resolve().parents[1] / 'test' / 'fixtures' / 'resize.json'
FILTERS = {'nearest': 0, 'lanczos': 1, 'bilinear': 2, 'bicubic': 3, 'box': 4, 'hamming': 5}


def picture(side):
    """[side, side], uneven everywhere."""
    y, x = np.mgrid[0:side, 0:side]
    return ((7 * y * y + 15 * x + x * y) % 11 / 10).astype(np.float32)


def main():
    cases = []
    for side, to in ((5, 8), (12, 5), (6, 3)):
        faint = Image.fromarray(0.35 + 0.3 * picture(side), mode='F')
        strong = Image.fromarray((255 * picture(side)).round().astype(np.uint8), mode='L')
        for name, code in FILTERS.items():
            case = {'from': side, 'to': to, 'filter': name}
            for kind, source, unit in (('faint', faint, 1), ('strong', strong, 255)):
                values = np.asarray(source.resize((to, to), code)) / unit
                cases.append({**case, 'kind': kind, 'values': [round(float(v), 6) for v in values.flat]})
    OUT.write_text(json.dumps(cases) + '\n')


if __name__ == '__main__':
    main()
