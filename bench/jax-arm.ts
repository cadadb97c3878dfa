import { defaultDevice, init, numpy as np, tree } from '@jax-js/jax';
import { makeTokenBatch } from '../src/engine/data/batch.ts';
import type { Bounds } from '../src/engine/data/bounds.ts';
import type { Example } from '../src/engine/data/example.ts';
import type { HostTensors } from '../src/engine/models/host-tensor.ts';
import { initialRecalibrator } from '../src/engine/tfjs/recalibrator.ts';
import type { UpdateRequest } from '../src/engine/train/update.ts';
import { trainedNames } from '../src/engine/method/trained.ts';
import { trainableWeights } from '../src/engine/models/checkpoints/trainable-weights.ts';
import type { TrainingSet } from '../src/engine/train/training-set.ts';
import { embeddingRows, positionsFromMask } from '../src/engine/tfjs/inputs.ts';
import { examplePatches } from '../src/engine/data/preprocess.ts';
import { withPictures } from '../src/engine/models/families/families.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../src/engine/session.ts';
import { rotaryTables, type ModelInputs, type Weights } from './jax-model.ts';
import { JaxStep, type Frozen, type JaxBatch, type TrainState } from './jax-step.ts';

type HostInputs = ReturnType<typeof hostInputs>;

/** Makes WebGPU the library's device; false where it does not start. */
export async function startJax(): Promise<boolean> {
  const found = (await init('webgpu')).includes('webgpu');
  if (found) defaultDevice('webgpu');
  return found;
}

/**
 * The student of a recipe trained by jax-js. Batches, pictures included, are on the device before an update is timed, which is more than
 * the other engines get.
 */
export class JaxArm {
  private readonly step: JaxStep;
  private readonly frozen: Frozen;
  private state: TrainState;
  private batch: { of: readonly number[]; inputs: JaxBatch; features: np.Array } | undefined;

  constructor(
    private readonly session: TrainSession,
    private readonly set: TrainingSet,
    private readonly recipe: Recipe,
  ) {
    const { student, teacher } = session;
    const { student: s, teacher: l } = set.bounds;
    this.step = new JaxStep(session, set.bounds, recipe);
    const recalibrator = initialRecalibrator(student.config, teacher.config, recipe);
    const host = new Map([...student.checkpoint.tensors, ...recalibrator]);
    const names = trainedNames('distil', recipe, {
      ...trainableWeights(student.config, student.checkpoint.tensors.keys()),
      recalibrator: [...recalibrator.keys()],
    });
    const trained = pack(new Map(names.map((name) => [name, host.get(name)!])));
    const zeros = (): Weights =>
      Object.fromEntries([...trained].map(([name, { shape }]) => [name, np.zeros(shape)]));
    this.state = { weights: upload(trained), first: zeros(), second: zeros() };
    const longest = Math.max(s.Nq, l.Nq) + Math.max(s.Na, l.Na);
    this.frozen = {
      teacher: upload(pack(teacher.checkpoint.tensors)),
      rotary: {
        student: rotaryTables(student.config.text, longest),
        teacher: rotaryTables(teacher.config.text, longest),
      },
    };
  }

  /** Brings a batch to the device, with its teacher features. */
  async load(indices: readonly number[]): Promise<void> {
    this.forget();
    const { session, set, recipe } = this;
    const own = set.forArm(recipe);
    const examples = indices.map((i) => own.examples[i % own.count]!);
    const read = (model: LoadedModel, bounds: Bounds) => hostInputs(session, model, examples, bounds);
    const student = read(session.student, set.bounds.student);
    const teacher = read(session.teacher, set.bounds.teacher);
    const inputs = {
      student: onDevice(student),
      teacher: onDevice(teacher),
      joined: joined(student, teacher, recipe.recalibrator.reassignPositions),
    };
    const features = this.step.teacherFeatures(tree.ref(this.frozen), tree.ref(inputs.teacher));
    this.batch = { of: indices, inputs, features };
    await features.blockUntilReady();
  }

  /** One update on the loaded batch. */
  async update(
    variant: 'known' | 'fresh',
    { examples, learningRate, count }: UpdateRequest,
  ): Promise<{ mainCe: number; mainKl: number; sft: number; gradientNorm: number }> {
    const { batch, step, recipe } = this;
    if (batch === undefined || batch.of !== examples[0]) throw new Error('load the batch first');
    const { beta1, beta2 } = recipe.optimiser;
    const hyper = np.array(
      Float32Array.of(learningRate(recipe), 1 / (1 - beta1 ** count), 1 / Math.sqrt(1 - beta2 ** count)),
    );
    const frozen = tree.ref(this.frozen);
    const inputs = tree.ref(batch.inputs);
    const [state, metrics] =
      variant === 'known'
        ? step.known(this.state, frozen, inputs, hyper, batch.features.ref)
        : step.fresh(this.state, frozen, inputs, hyper);
    this.state = state;
    const [mainCe, mainKl, sft, gradientNorm] = (await metrics.data()) as unknown as number[];
    return { mainCe: mainCe!, mainKl: mainKl!, sft: sft!, gradientNorm: gradientNorm! };
  }

  dispose(): void {
    this.forget();
    tree.dispose(this.state);
    tree.dispose(this.frozen);
  }

  private forget(): void {
    if (this.batch) tree.dispose([this.batch.inputs, this.batch.features]);
    this.batch = undefined;
  }
}

/** Weights that read the same input become one matrix, as one would write the model anew: fewer products and fewer updates. */
const packs = [
  { parts: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'], packed: 'self_attn.qkv' },
  { parts: ['mlp.gate_proj', 'mlp.up_proj'], packed: 'mlp.gate_up' },
];

function pack(host: HostTensors): HostTensors {
  const all = new Map(host);
  for (const { parts, packed } of packs)
    for (const name of host.keys()) {
      if (!name.includes(`${parts[0]}.`)) continue;
      const names = parts.map((part) => name.replace(parts[0]!, part));
      const weights = names.map((part) => host.get(part)!);
      const rows = weights.reduce((sum, { shape }) => sum + shape[0]!, 0);
      const data = new Float32Array(weights.reduce((sum, weight) => sum + weight.data.length, 0));
      let at = 0;
      for (const weight of weights) {
        data.set(weight.data, at);
        at += weight.data.length;
      }
      for (const part of names) all.delete(part);
      all.set(name.replace(parts[0]!, packed), { shape: [rows, ...weights[0]!.shape.slice(1)], data });
    }
  return all;
}

function upload(host: HostTensors): Weights {
  return Object.fromEntries(
    [...host].map(([name, { shape, data }]) => [name, np.array(new Float32Array(data)).reshape(shape)]),
  );
}

function hostInputs(session: TrainSession, model: LoadedModel, examples: readonly Example[], bounds: Bounds) {
  const words = 3 * withPictures(model.config).config.vision.patchSize ** 2;
  const patches = examplePatches(model, session.data, examples)!;
  const tokens = makeTokenBatch(model.tokenizer, examples, bounds);
  const length = tokens.Nq + tokens.Na;
  const vocabulary = model.config.text.vocabularySize;
  const labels = tokens.ids.filter((_, i) => i % length >= tokens.Nq);
  return {
    ...tokens,
    length,
    patches,
    words,
    labels,
    images: embeddingRows(model.config, tokens).map((row) => (row < vocabulary ? -1 : row - vocabulary)),
    positions: positionsFromMask(tokens.mask, tokens.B, length),
  };
}

function onDevice(host: HostInputs): ModelInputs {
  const { B, length } = host;
  return {
    patches: np.array(host.patches).reshape([-1, host.words]),
    ids: integers(host.ids),
    images: integers(host.images),
    positions: integers(host.positions).reshape([B, length]),
    mask: np.array(new Float32Array(host.mask)).reshape([B, length]),
    labels: integers(host.labels).reshape([-1, 1]),
    labelWeights: np.array(new Float32Array(host.answerMask)),
  };
}

/** Positions and mask of [question of the student ; answer of the teacher]. */
function joined(student: HostInputs, teacher: HostInputs, reassign: boolean): JaxBatch['joined'] {
  const { B, Nq } = student;
  const length = Nq + teacher.Na;
  const join = (from: ArrayLike<number>, to: ArrayLike<number>) =>
    Float32Array.from({ length: B * length }, (_, i) => {
      const [b, t] = [Math.floor(i / length), i % length];
      return t < Nq ? from[b * student.length + t]! : to[b * teacher.length + teacher.Nq + t - Nq]!;
    });
  const mask = join(student.mask, teacher.mask);
  const positions = reassign
    ? positionsFromMask(mask, B, length)
    : Int32Array.from(join(student.positions, teacher.positions));
  return { positions: integers(positions).reshape([B, length]), mask: np.array(mask).reshape([B, length]) };
}

function integers(values: Int32Array): np.Array {
  return np.array(new Int32Array(values), { dtype: np.int32 });
}
