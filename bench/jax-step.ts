import { jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import type { VlmConfig } from '../src/engine/models/config.ts';
import { withPictures } from '../src/engine/models/families/families.ts';
import type { TrainSession } from '../src/engine/session.ts';
import type { TrainingSet } from '../src/engine/train/training-set.ts';
import {
  decoder,
  decoderContext,
  disposeContext,
  head,
  Scope,
  sequenceFeatures,
  type ModelInputs,
  type Weights,
} from './jax-model.ts';

/** A batch on the device. */
export type JaxBatch = {
  student: ModelInputs;
  teacher: ModelInputs;
  /** Positions and mask of [question of the student ; answer of the teacher], [B, Nq_s+Na_l]. */
  joined: { positions: np.Array; mask: np.Array };
};

/** What training reads and does not change. */
export type Frozen = { teacher: Weights; rotary: { student: Weights; teacher: Weights } };

/** What an update replaces. */
export type TrainState = { weights: Weights; first: Weights; second: Weights };

/** Tokens [from, from+count) of every sequence. [B·N, d] → [B·count, d]. */
function tokens(x: np.Array, batch: number, from: number, count: number): np.Array {
  const [rows, width] = x.shape as [number, number];
  const part = x.reshape([batch, rows / batch, width]).slice([], [from, from + count]);
  return part.reshape([batch * count, width]);
}

/** log softmax's normaliser, [M, 1]; borrows `logits`. */
function logNormaliser(logits: np.Array): np.Array {
  return nn.logsumexp(logits.ref, -1, { keepdims: true });
}

/** Mean over real answer tokens; `weights` are borrowed. */
function weightedMean(values: np.Array, weights: np.Array): np.Array {
  return values.mul(weights.ref).sum().div(np.maximum(weights.ref.sum(), 1));
}

/** CE against labels. The label's logit is picked by comparison: a gather's gradient would be an atomic scatter. Borrows all. */
function crossEntropy(
  logits: np.Array,
  normaliser: np.Array,
  { labels, labelWeights }: ModelInputs,
): np.Array {
  const vocabulary = np.arange(logits.shape[1]!, undefined, undefined, { dtype: np.int32 });
  const picked = np.where(vocabulary.reshape([1, -1]).equal(labels.ref), logits.ref, 0).sum(-1);
  return weightedMean(normaliser.ref.reshape([-1]).sub(picked), labelWeights);
}

/** Stage 2 of GenRecal as functions that `jit` compiles whole: the default recipe's form of it. */
export class JaxStep {
  /** z_l of a batch, [B·(Nq_l+Na_l), d_l]. */
  readonly teacherFeatures: (frozen: Frozen, inputs: ModelInputs) => np.Array;
  /** One update with the teacher's forward pass in it. Metrics: mainCe, mainKl, sft, gradient norm. */
  readonly fresh: (
    state: TrainState,
    frozen: Frozen,
    batch: JaxBatch,
    hyper: np.Array,
  ) => [TrainState, np.Array];
  /** One update with z_l known. */
  readonly known: (
    state: TrainState,
    frozen: Frozen,
    batch: JaxBatch,
    hyper: np.Array,
    features: np.Array,
  ) => [TrainState, np.Array];

  constructor(
    private readonly session: TrainSession,
    private readonly bounds: TrainingSet['bounds'],
    private readonly recipe: Recipe,
  ) {
    const encode = (frozen: Frozen, inputs: ModelInputs) => {
      const z = this.teacherSequence(frozen, inputs);
      tree.dispose([frozen, inputs]);
      return z;
    };
    const known = (state: TrainState, frozen: Frozen, batch: JaxBatch, hyper: np.Array, features: np.Array) =>
      this.update(state, frozen, batch, hyper, features);
    const fresh = (state: TrainState, frozen: Frozen, batch: JaxBatch, hyper: np.Array) => {
      const features = this.teacherSequence(frozen, batch.teacher);
      return this.update(state, frozen, batch, hyper, features);
    };
    this.teacherFeatures = jit(encode) as typeof this.teacherFeatures;
    this.known = jit(known) as typeof this.known;
    this.fresh = jit(fresh) as typeof this.fresh;
  }

  private teacherSequence({ teacher, rotary }: Frozen, inputs: ModelInputs): np.Array {
    const context = decoderContext(rotary.teacher, inputs.positions.ref, inputs.mask.ref);
    const z = sequenceFeatures(teacher, withPictures(this.session.teacher.config).config, inputs, context);
    disposeContext(context);
    return z;
  }

  /** [weighted total, [mainCe, mainKl, sft]]; consumes everything. */
  private losses(
    trained: Weights,
    frozen: Frozen,
    batch: JaxBatch,
    features: np.Array,
  ): [np.Array, np.Array] {
    const { session, recipe, bounds } = this;
    const { student: s, teacher: l } = bounds;
    const [studentConfig, teacherConfig] = [session.student, session.teacher].map(
      ({ config }) => withPictures(config).config,
    ) as [VlmConfig, VlmConfig];
    const { text } = studentConfig;
    const { mainCe: wCe, mainKl: wKl, sft: wSft, temperature } = recipe.loss;
    const size = recipe.data.batchSize;

    const context = decoderContext(
      frozen.rotary.student,
      batch.student.positions.ref,
      batch.student.mask.ref,
    );
    const z = sequenceFeatures(trained, studentConfig, batch.student, context);
    disposeContext(context);

    const joined = decoderContext(frozen.rotary.student, batch.joined.positions.ref, batch.joined.mask.ref);
    const rec = new Scope(trained, 'rec.');
    const answer = rec.dense('proj_pre', tokens(features.ref, size, l.Nq, l.Na));
    const input = np.concatenate(
      [
        tokens(z.ref, size, 0, s.Nq).reshape([size, s.Nq, text.hiddenSize]),
        answer.reshape([size, l.Na, text.hiddenSize]),
      ],
      1,
    );
    const { depth: layers, normBeforeProjection: norm } = recipe.recalibrator;
    const body = decoder(rec, { text, layers, norm }, input.reshape([-1, text.hiddenSize]), joined);
    disposeContext(joined);
    // Only what predicts the answer is read: the projection need not run on the question.
    const recalibrated = rec.dense('proj_post', tokens(body, size, s.Nq - 1, l.Na));

    const logits = head(frozen.teacher, teacherConfig, recalibrated);
    const normaliser = logNormaliser(logits);
    const mainCe = crossEntropy(logits, normaliser, batch.teacher);
    normaliser.dispose();
    const target = head(frozen.teacher, teacherConfig, tokens(features, size, l.Nq - 1, l.Na));
    const scaledTarget = target.div(temperature);
    const scaled = logits.div(temperature);
    const logP = scaledTarget.ref.sub(logNormaliser(scaledTarget));
    const logQ = scaled.ref.sub(logNormaliser(scaled));
    scaledTarget.dispose();
    scaled.dispose();
    const perRow = np.exp(logP.ref).mul(logP.sub(logQ)).sum(-1);
    const mainKl = weightedMean(perRow, batch.teacher.labelWeights);

    const own = head(trained, studentConfig, tokens(z, size, s.Nq - 1, s.Na));
    const ownNormaliser = logNormaliser(own);
    const sft = crossEntropy(own, ownNormaliser, batch.student);
    tree.dispose([own, ownNormaliser, trained, frozen, batch]);
    const total = mainCe.ref.mul(wCe).add(mainKl.ref.mul(wKl)).add(sft.ref.mul(wSft));
    return [total, np.stack([mainCe, mainKl, sft])];
  }

  /** Gradients, global-norm clip and AdamW. `hyper`: learning rate, 1/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ). */
  private update(
    { weights, first, second }: TrainState,
    frozen: Frozen,
    batch: JaxBatch,
    hyper: np.Array,
    features: np.Array,
  ): [TrainState, np.Array] {
    const { beta1, beta2, epsilon, weightDecay, clipNorm } = this.recipe.optimiser;
    const loss = (...inputs: Parameters<JaxStep['losses']>) => this.losses(...inputs);
    const [[total, terms], gradients] = valueAndGrad(loss, { hasAux: true })(
      tree.ref(weights),
      frozen,
      batch,
      features,
    ) as [[np.Array, np.Array], Weights];
    total.dispose();
    // Large matrices rows first: one reduction would be a single workgroup's work.
    const squares = Object.values(gradients).map((gradient) => {
      const square = np.square(gradient.ref);
      return (gradient.size > 8192 ? square.sum(-1) : square).sum();
    });
    const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
    const scale = clipNorm > 0 ? np.reciprocal(np.maximum(norm.ref, clipNorm)).mul(clipNorm) : np.array(1);
    const [rate, firstCorrection, secondCorrection] = [0, 1, 2].map((i) => hyper.ref.slice(i));
    hyper.dispose();
    const next: TrainState = { weights: {}, first: {}, second: {} };
    for (const [name, raw] of Object.entries(gradients)) {
      const gradient = raw.mul(scale.ref);
      const weight = weights[name]!;
      const m = first[name]!.mul(beta1).add(gradient.ref.mul(1 - beta1));
      const v = second[name]!.mul(beta2).add(np.square(gradient).mul(1 - beta2));
      const step = m.ref
        .mul(firstCorrection!.ref)
        .div(np.sqrt(v.ref).mul(secondCorrection!.ref).add(epsilon));
      // Decoupled decay applies to matrices, not to norms and biases.
      const decayed = weight.ndim >= 2 ? step.add(weight.ref.mul(weightDecay)) : step;
      next.weights[name] = weight.sub(decayed.mul(rate!.ref));
      next.first[name] = m;
      next.second[name] = v;
    }
    tree.dispose([scale, rate!, firstCorrection!, secondCorrection!]);
    return [next, np.concatenate([terms, norm.reshape([1])])];
  }
}
