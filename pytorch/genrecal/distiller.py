"""One student that is being distilled: its losses as one module, what each stage trains, its optimiser, and its state by the engine's names."""
import gc

import torch
from torch import nn

from .lora import adapt, is_adapter, merged
from .losses import genrecal_terms, student_cross_entropy
from .parallel import fill
from .recalibrator import Recalibrator
from .run import Refused


class Losses(nn.Module):
    """Student and Recalibrator with the loss terms between them, so that what shares them among processes sees one forward pass."""

    def __init__(self, student, recalibrator, options, head):
        super().__init__()
        self.student, self.rec = student, recalibrator
        self.options = options
        # In a tuple, the teacher's head is no part of this module: it is frozen, and whole on every process.
        self.frozen = (head,)

    def forward(self, stage, batch, z_l, embeddings_l):
        """{term: mean over this process's answer tokens} of a stage; without the teacher's features, L_sft alone."""
        tokens = batch.student
        z_s = self.student.features(tokens.ids, tokens.mask, *batch.student_pictures)
        terms = {}
        if z_l is not None:
            terms = genrecal_terms(
                stage, self.rec, self.options, self.frozen[0], batch.teacher, z_l, embeddings_l, tokens, z_s
            )
        if stage != 'align':
            terms['sft'] = student_cross_entropy(self.student, tokens, z_s)
        return terms


class Distiller:
    """A run's student between two updates."""

    def __init__(self, run, teacher, student, processes):
        self.run, self.teacher, self.processes = run, teacher, processes
        recipe = run.recipe
        rec = None
        if recipe['objective'] == 'genrecal':
            r = recipe['recalibrator']
            width = teacher.text_config['hidden_size']
            rec = Recalibrator(student.text_config, width, r['depth'], r['normBeforeProjection'])
        self.lora = recipe['student'].get('lora')
        if self.lora is not None:
            adapt(student.text_body, **self.lora)
        self.teacher.requires_grad_(False)
        self.losses = Losses(student, rec, run.options, teacher.head).to(processes.device)
        self.teacher.to(processes.device)
        self.start(run.state)
        processes.shard(self.teacher, self.losses)
        self.stage = self.step = None

    def named(self):
        """{engine's name: parameter} of all that is trained or could be."""
        student = {self.losses.student.engine_name(n): p for n, p in self.losses.student.named_parameters()}
        rec = {} if self.losses.rec is None else dict(self.losses.rec.named_parameters(prefix='rec'))
        return {**rec, **student}

    def start(self, state):
        """Puts the weights of a run's state where they belong; those that it does not have are as in the checkpoint."""
        named = self.named()
        for name, value in state.items():
            weight = name.split('#')[0]
            if weight not in named or named[weight].numel() != value.numel():
                models = '--teacher-folder and --student-folder the models of this run'
                raise Refused(f'The run’s “{weight}” does not fit these models. Give {models}.')
            if weight == name:
                fill(named[name], value)
        if any(is_adapter(name) and name not in state for name in named):
            key = self.run.student['key']
            raise Refused(f'The run does not say where LoRA’s adapters of “{key}” stand. Save it anew in the page (“Save for PyTorch”).')

    def trained(self, stage):
        """{engine's name: parameter} of what a stage trains."""
        recipe, weights = self.run.recipe, self.run.weights(stage)
        distils = stage == 'distil'

        def is_trained(name):
            if not weights:
                return False
            if name.startswith('rec.'):
                unread = name == 'rec.norm.weight' and not recipe['recalibrator']['normBeforeProjection']
                return not unread and (stage == 'align' or (distils and recipe['recalibrator']['inDistil'] == 'trained'))
            if self.lora is not None:
                return is_adapter(name) and stage != 'align'
            if self.losses.student.is_vision(name):
                return distils and recipe['student']['visionEncoder'] == 'trained'
            return stage != 'align'

        return {name: parameter for name, parameter in self.named().items() if is_trained(name)}

    def enter(self, stage, updates):
        """Makes a stage ready of which `updates` are done: its own parameters, with moments that begin at zero."""
        self.stage = stage
        trained = self.trained(stage)
        chosen = set(map(id, trained.values()))
        for parameter in self.losses.parameters():
            parameter.requires_grad_(id(parameter) in chosen)
        # What wrapped the stage before still hears of every gradient until it is gone.
        self.step = None
        gc.collect()
        self.step = self.processes.wrap(self.losses, encoder=any(map(self.losses.student.is_vision, trained)))
        options = self.run.recipe['optimiser']
        matrices = [p for p in trained.values() if p.dim() > 1]
        vectors = [p for p in trained.values() if p.dim() <= 1]
        groups = [
            {'params': matrices, 'weight_decay': options['weightDecay']},
            {'params': vectors, 'weight_decay': 0.0},
        ]
        self.optimiser = torch.optim.AdamW(
            [group for group in groups if group['params']],
            betas=(options['beta1'], options['beta2']),
            eps=options['epsilon'],
        )
        for parameter in trained.values():
            self.optimiser.state[parameter] = {
                'step': torch.tensor(float(updates)),
                'exp_avg': torch.zeros_like(parameter),
                'exp_avg_sq': torch.zeros_like(parameter),
            }

    def state(self):
        """{engine's name: tensor} of everything that updates change, the live tensors; moments of the present stage."""
        state = {
            name: parameter.detach()
            for name, parameter in self.named().items()
            if self.lora is None or name.startswith('rec.') or is_adapter(name)
        }
        for name, parameter in self.trained(self.stage).items():
            moments = self.optimiser.state[parameter]
            state[f'{name}#first'], state[f'{name}#second'] = moments['exp_avg'], moments['exp_avg_sq']
        return state

    def restore(self, saved):
        """Fills the state from {name: whole tensor}; what the state does not have belongs to other stages."""
        for name, value in self.state().items():
            if name in saved:
                fill(value, saved[name])

    def student_weights(self):
        """{engine's name: whole tensor} of the student, into which its adapters are merged, and of these alone; every process must ask, and the
        first one has them."""
        student = self.losses.student
        whole = {student.engine_name(name): complete(tensor.detach()) for name, tensor in student.state_dict().items()}
        if self.lora is None:
            return whole, {}
        adapters = {name: tensor for name, tensor in whole.items() if is_adapter(name)}
        return merged(whole, self.lora['alpha'] / self.lora['rank']), adapters

    def update(self, indices, learning_rate):
        """One update on the examples of a batch. → ({term: value, total}, gradient norm before clipping), over all processes."""
        run, processes, stage = self.run, self.processes, self.stage
        weights = run.weights(stage)
        batch = run.batch(indices, processes.rank, processes.world, processes.device)
        z_l = embeddings_l = None
        if 'mainCe' in weights:
            tokens = batch.teacher
            with torch.no_grad():
                z_l = self.teacher.features(tokens.ids, tokens.mask, *batch.teacher_pictures)
                embeddings_l = self.teacher.embed_tokens(tokens.answers[0])
        for group in self.optimiser.param_groups:
            group['lr'] = learning_rate
        self.optimiser.zero_grad(set_to_none=True)
        # Means over this process's tokens become its part of the means over the whole batch.
        parts = {
            name: term * batch.shares['student' if name == 'sft' else 'teacher']
            for name, term in self.step(stage, batch, z_l, embeddings_l).items()
        }
        total = sum(weights[name] * part for name, part in parts.items())
        # Gradients are averaged over the processes, of which each has a part of a sum.
        (total * processes.world).backward()
        reached = [p for group in self.optimiser.param_groups for p in group['params'] if p.grad is not None]
        norm = clip(reached, run.recipe['optimiser']['clipNorm'], processes)
        self.optimiser.step()
        values = processes.sum(torch.stack([part.detach() for part in parts.values()]))
        losses = dict(zip(parts, values.tolist()))
        losses['total'] = sum(weights[name] * losses[name] for name in parts)
        return losses, norm


def clip(parameters, most, processes):
    """Scales gradients whose common norm is above `most` (0 = off) down to it. → the norm before."""
    squares = sum(local(parameter.grad).square().sum() for parameter in parameters)
    norm = (processes.sum(squares) if processes.sharded else squares).sqrt().item()
    if most > 0 and norm > most:
        for parameter in parameters:
            parameter.grad.mul_(most / norm)
    return norm


def local(tensor):
    """This process's part of a tensor in shards."""
    return tensor.to_local() if hasattr(tensor, 'to_local') else tensor


def complete(tensor):
    """The whole of a tensor in shards."""
    return tensor.full_tensor() if hasattr(tensor, 'full_tensor') else tensor
