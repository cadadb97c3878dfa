"""The processes of one run: alone, or those that torchrun started. Weights whole on each (DDP), or in shards (FSDP2)."""
import os

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from .run import Refused


class Processes:
    """This process among all: `rank`, `world`, `device`."""

    def __init__(self, sharded):
        self.sharded = sharded
        self.world, self.rank = int(os.environ.get('WORLD_SIZE', 1)), int(os.environ.get('RANK', 0))
        on_gpu = torch.cuda.is_available()
        local = int(os.environ.get('LOCAL_RANK', 0))
        if on_gpu and local >= torch.cuda.device_count():
            raise Refused(f'There are {torch.cuda.device_count()} GPUs here: give torchrun --nproc_per_node no more than that.')
        self.device = torch.device('cuda', local) if on_gpu else torch.device('cpu')
        if sharded and fully_shard() is None:
            raise Refused(f'--shard needs FSDP2 (fully_shard), which PyTorch {torch.__version__} does not have: use 2.6 or newer, or leave it out.')
        if sharded and 'WORLD_SIZE' not in os.environ:
            raise Refused('--shard shares the weights among processes: start it with torchrun.')
        if 'WORLD_SIZE' in os.environ:
            if on_gpu:
                torch.cuda.set_device(self.device)
            distributed.init_process_group('nccl' if on_gpu else 'gloo')

    @property
    def first(self):
        """Whether this process writes for all."""
        return self.rank == 0

    def shard(self, teacher, losses):
        """Gives every process a part of each block's weights. What a loss reads of the teacher outside of its blocks stays whole, and the
        Recalibrator, whose blocks one forward pass may go through twice, is gathered with the rest of the student for all of it."""
        if not self.sharded:
            return
        for block in blocks(teacher):
            fully_shard()(block)
            # By itself each is a root, and a root stays whole after its first forward pass.
            block.register_forward_hook(lambda block, *_: block.reshard())
        for module in (*blocks(losses.student), losses):
            fully_shard()(module)

    def wrap(self, losses, encoder):
        """The module to call for an update. `encoder`: layers of a vision encoder that no connector reads get no gradient."""
        if self.world == 1 or self.sharded:
            return losses
        return DistributedDataParallel(losses, find_unused_parameters=encoder)

    def sum(self, values):
        if self.world > 1:
            distributed.all_reduce(values)
        return values

    def wait(self):
        """Until every process is here."""
        if self.world > 1:
            distributed.barrier()

    def close(self):
        if distributed.is_initialized():
            distributed.destroy_process_group()


def at_least(*version):
    """Whether this PyTorch is of a version or newer; importing what an old one has half of may fail in any way."""
    return tuple(map(int, torch.__version__.split('.')[:2])) >= version


def fully_shard():
    """FSDP2's, or None where PyTorch is too old."""
    if not at_least(2, 6):
        return None
    from torch.distributed.fsdp import fully_shard as found

    return found


def blocks(module):
    """The layers of all stacks in a module."""
    return [block for stack in module.modules() if isinstance(stack, nn.ModuleList) for block in stack]


@torch.no_grad()
def fill(target, value):
    """Puts a whole tensor, of whatever shape, into a parameter or moment, of which a process may have a part."""
    value = value.reshape(target.shape).to(device=target.device, dtype=target.dtype)
    if hasattr(target, 'full_tensor'):
        from torch.distributed.tensor import distribute_tensor

        value = distribute_tensor(value, target.device_mesh, target.placements)
    target.copy_(value)
