"""Does `transformers` compute of the small models of test/fixtures/families and test/fixtures/text what the fixtures say?

The fixtures are this folder's own modules'; the browser engine is tested against them. Exits with 1 and the differences when anything deviates,
or where `transformers` is not installed.
"""
import json
import sys
from pathlib import Path

import torch

from genrecal.models import TransformersModel
from genrecal.run import Refused
from genrecal.safetensors import load_file

FIXTURES = Path(__file__).resolve().parents[1] / 'test' / 'fixtures'
TOLERANCE = 1e-3


@torch.no_grad()
def difference(described):
    """The largest difference of a logit of the questions that a fixture's JSON file lists."""
    asked, expected = json.loads(described.read_text()), load_file(described.with_suffix('.safetensors'))
    ids, mask = (torch.tensor(asked[key]) for key in ('ids', 'mask'))
    pictures = [expected['pixels']] if 'pixels' in expected else []
    squares = len(pictures[0]) // len(ids) if pictures else None
    model = TransformersModel(described.with_suffix(''), squares and {'grid': 1 if squares == 1 else int((squares - 1) ** 0.5)}).eval()
    logits = model.head(model.features(ids, mask, *pictures))
    return ((logits - expected['logits']).abs() * mask[:, :, None]).max().item()


def main():
    paths = [path for kind in ('families', 'text') for path in sorted((FIXTURES / kind).glob('*.json'))]
    try:
        found = {path.stem: difference(path) for path in paths}
    except Refused as why:
        sys.exit(str(why))
    for name, worst in found.items():
        print(f'{name}: logits differ by {worst:.2g}')
    sys.exit(0 if found and max(found.values()) <= TOLERANCE else 1)


if __name__ == '__main__':
    main()
