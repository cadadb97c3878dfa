"""Where a run stands between two updates, on disk: <folder>/<update>/, whole once progress.json is there.

Weights and moments are written by `torch.distributed.checkpoint` where PyTorch has it (2.2 and newer): every process writes what it has, and as
many others may read it. Older ones have no shards either, so the first process writes state.safetensors for all.
"""
import json
import shutil
from pathlib import Path

from .parallel import at_least
from .safetensors import load_file, save_file


def distributed_checkpoint():
    """torch.distributed.checkpoint, or None where PyTorch is too old."""
    if not at_least(2, 2):
        return None
    from torch.distributed import checkpoint

    return checkpoint


class Checkpoints:
    def __init__(self, folder, processes):
        self.folder, self.processes = Path(folder), processes

    def latest(self):
        """The newest whole checkpoint, or None."""
        whole = [path.parent for path in self.folder.glob('*/progress.json')]
        return max(whole, key=lambda path: int(path.name), default=None)

    def save(self, progress, state):
        """progress: JSON with `step`; state: {name: tensor}. The ones before go once this one is whole."""
        processes, folder = self.processes, self.folder / f'{progress["step"]:08d}'
        if processes.first:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        processes.wait()
        found = distributed_checkpoint()
        if found is not None:
            found.save(state, checkpoint_id=str(folder / 'state'))
        elif processes.first:
            save_file(state, folder / 'state.safetensors')
        processes.wait()
        if not processes.first:
            return
        partial = folder / 'progress.tmp'
        partial.write_text(json.dumps(progress) + '\n')
        partial.rename(folder / 'progress.json')
        for other in self.folder.iterdir():
            if other != folder:
                shutil.rmtree(other)

    def progress(self):
        """What the newest checkpoint says of itself, or None."""
        folder = self.latest()
        return None if folder is None else json.loads((folder / 'progress.json').read_text())

    def load(self, distiller):
        """Brings a student to where the newest checkpoint was saved, in the stage of that moment."""
        folder = self.latest()
        file = folder / 'state.safetensors'
        if file.exists():
            distiller.restore(load_file(file))
        else:
            # Into the tensors themselves.
            distributed_checkpoint().load(distiller.state(), checkpoint_id=str(folder / 'state'))
