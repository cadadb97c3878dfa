"""Goes on with a run of the page, or begins it, on any number of processes.

    python3 pytorch/distil.py --run run.zip --out my-student
    torchrun --nproc_per_node 8 pytorch/distil.py --run run/run.json --out my-student

`--run` is what the page's share menu (“Save for PyTorch”) or `npm run distill -- … --export-torch run` wrote. Under --out:
losses.jsonl, a line an update; checkpoints/, from which --resume goes on; student/, a Hugging Face folder, at the end, with adapter/ in it
where the student has LoRA.
"""
import argparse
import json
import sys
import time
from pathlib import Path

import torch

from genrecal.checkpoint import Checkpoints
from genrecal.distiller import Distiller
from genrecal.lora import save_adapter
from genrecal.models import open_model, save_student
from genrecal.parallel import Processes
from genrecal.run import Refused, Run


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--run', required=True, help='run.json with the files beside it, or the zip of them')
    parser.add_argument('--out', required=True, type=Path, help='folder for losses, checkpoints and the student')
    parser.add_argument('--student', default='main', help='which of the run’s students: main, or an arm’s key')
    parser.add_argument('--teacher-folder', help='where the teacher lies, if it is no built-in model')
    parser.add_argument('--student-folder', help='where the student lies, if it is no built-in model')
    parser.add_argument('--shard', action='store_true', help='FSDP2: every process keeps a part of the weights')
    parser.add_argument('--resume', action='store_true', help='go on from the newest checkpoint under --out')
    parser.add_argument('--save-every', type=int, default=200, help='updates between two checkpoints')
    parser.add_argument('--until', type=int, help='stop after this update, with a checkpoint')
    return parser.parse_args()


def begin(options, processes):
    """(run, student between two updates, its checkpoints, its sampler, its folder), from the beginning, the page's state or a checkpoint."""
    run = Run(options.run, options.student)
    if processes.world > run.recipe['data']['batchSize']:
        raise Refused(f'A batch of {run.recipe["data"]["batchSize"]} examples cannot be shared by {processes.world} processes.')
    teacher, _ = open_model(run, 'teacher', options.teacher_folder)
    student, folder = open_model(run, 'student', options.student_folder)
    distiller = Distiller(run, teacher, student, processes)
    checkpoints = Checkpoints(options.out / 'checkpoints', processes)
    progress = checkpoints.progress()
    # Every process has looked before the first one writes.
    processes.wait()
    if progress is None:
        if run.step > 0:
            enter(distiller, run.step)
            distiller.restore(run.state)
        return run, distiller, checkpoints, run.sampler(), folder
    if not options.resume:
        raise Refused(f'{options.out} has a checkpoint after update {progress["step"]}: go on with --resume, or choose another --out.')
    if progress['run'] != identity(run):
        raise Refused(f'The checkpoint under {options.out} belongs to another run or student. Choose another --out.')
    run.step = progress['step']
    enter(distiller, run.step)
    checkpoints.load(distiller)
    return run, distiller, checkpoints, run.sampler(progress['order']), folder


def identity(run):
    """What a checkpoint has to share with the run that goes on from it."""
    return {'recipe': run.recipe, 'models': run.models, 'student': run.student['key']}


def enter(distiller, step):
    """The stage of an update that is done, with its moments."""
    span = distiller.run.span(step)
    if distiller.run.weights(span.stage):
        distiller.enter(span.stage, step - span.first + 1)


def train(run, distiller, checkpoints, sampler, options, processes):
    """The updates up to the end, or to --until."""
    log = Log(options.out / 'losses.jsonl', run.step) if processes.first else None
    end = min(run.total, options.until or run.total)
    saved = run.step
    while run.step < end:
        step = run.step + 1
        span = run.span(step)
        indices = sampler.next(run.recipe['data']['batchSize'])
        if run.weights(span.stage):
            begun = time.perf_counter()
            if distiller.stage != span.stage:
                distiller.enter(span.stage, step - span.first)
            rate = run.learning_rate(step)
            losses, norm = distiller.update(indices, rate)
            if log is not None:
                log.add({
                    'step': step,
                    'stage': span.stage,
                    'losses': losses,
                    'gradientNorm': norm,
                    'learningRate': rate,
                    'seconds': round(time.perf_counter() - begun, 4),
                })
            if not all(map(torch.isfinite, map(torch.tensor, losses.values()))):
                raise Refused(f'A loss is no longer a number at update {step}. Lower the learning rate of stage “{span.stage}”.')
        run.step = step
        if step == end or step - saved >= options.save_every:
            saved = step
            if distiller.stage is not None:
                progress = {'step': step, 'order': sampler.save(), 'run': identity(run)}
                checkpoints.save(progress, distiller.state())


class Log:
    """JSON lines, one an update; those behind the present one are of a run that got further than its last checkpoint."""

    def __init__(self, path, step):
        kept = []
        if path.exists():
            kept = [line for line in path.read_text().splitlines() if json.loads(line)['step'] <= step]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(''.join(f'{line}\n' for line in kept))
        self.file = path.open('a')

    def add(self, entry):
        self.file.write(json.dumps(entry) + '\n')
        self.file.flush()
        losses = ', '.join(f'{name} {value:.4f}' for name, value in entry['losses'].items())
        print(f'{entry["step"]} {entry["stage"]}: {losses}', flush=True)


def card(run):
    """The student's model card."""
    student, teacher = run.models['student'], run.models['teacher']
    recipe = json.dumps(run.recipe, indent=1)
    task = 'text-generation' if run.pictures is None else 'image-text-to-text'
    adapters = 'What LoRA trained is merged into its weights, and in `adapter/` by itself, as PEFT saves it. '
    return (
        f'---\nlicense: apache-2.0\npipeline_tag: {task}\n---\n\n'
        f'# {student["name"]}, distilled from {teacher["name"]}\n\n'
        f'By `pytorch/distil.py` of the GenRecal Playground in {run.total} updates, of which the page did {run.described["step"]}. '
        f'Architecture, tokenizer and starting weights are those of {student["name"]}. '
        f'{adapters if "lora" in run.recipe["student"] else ""}\n\n'
        f'## Recipe\n\n```json\n{recipe}\n```\n'
    )


def main():
    options = arguments()
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    processes = None
    try:
        processes = Processes(options.shard)
        run, distiller, checkpoints, sampler, folder = begin(options, processes)
        train(run, distiller, checkpoints, sampler, options, processes)
        if run.step == run.total:
            weights, adapters = distiller.student_weights()
            if processes.first:
                student, out = distiller.losses.student, options.out / 'student'
                save_student(student, weights, folder, out, card(run))
                if adapters:
                    save_adapter(out / 'adapter', run.models['student']['folder'], student.peft_decoder, adapters, distiller.lora)
                print(f'The student is in {out}.')
    except Refused as refusal:
        if processes is None or processes.first:
            print(refusal, file=sys.stderr)
        sys.exit(1)
    finally:
        if processes is not None:
            processes.close()


if __name__ == '__main__':
    main()
