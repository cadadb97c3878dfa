import type { StageKey, WatchedExample } from '../../engine/run/events.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { Forecast, ModelArchitecture, PairArchitecture } from '../../worker/protocol.ts';
import { formatCount } from '../lib/format.ts';
import type { LossKey, PartKey, Wiring } from './parts.ts';

/** What a diagram is drawn from. */
export interface DiagramContext {
  architecture: PairArchitecture;
  recipe: Recipe;
  stage: StageKey;
  /** Unknown until a run or its forecast has tokenized the questions. */
  shapes: Forecast['bounds'] | undefined;
}

/** A part in a few words: its name and its real numbers. */
export interface PartFacts {
  title: string;
  lines: string[];
  /** Numbers in its weights. */
  parameters?: number;
}

/** Loss terms by their names in the paper, with what they compare. */
export const lossNames: Record<LossKey, { title: string; formula: string }> = {
  mainCe: { title: 'L_main·CE', formula: 'CE(H_l(r_al), gt_l)' },
  mainKl: { title: 'L_main·KL', formula: 'KL(H_l(z_al) ‖ H_l(r_al))' },
  regCe: { title: 'L_reg·CE', formula: 'CE with pre(z_ql) in the place of z_qs' },
  regKl: { title: 'L_reg·KL', formula: 'KL with pre(z_ql) in the place of z_qs' },
  regMse: { title: 'L_reg·MSE', formula: '‖r_al − z_al‖² with pre(z_ql) in the place of z_qs' },
  distillation: { title: 'L_distil', formula: 'the objective’s distance of H_s(z_as) from H_l(z_al)' },
  sft: { title: 'L_sft', formula: 'CE(H_s(z_as), gt_s)' },
};

/** “27 + 6”, or the names of the numbers while these are not known. */
function tokens({ shapes }: DiagramContext, side: 'teacher' | 'student'): string {
  const short = side === 'teacher' ? 'l' : 's';
  const own = shapes?.[side];
  return own === undefined ? `Nq_${short} + Na_${short}` : `${own.Nq} + ${own.Na}`;
}

function modelFacts(context: DiagramContext, side: 'teacher' | 'student', part: string): PartFacts {
  const { config, names, parameters }: ModelArchitecture = context.architecture[side];
  const { vision, text } = config;
  const d = text.hiddenSize;
  const head = side === 'teacher' ? 'head H_l' : 'head H_s';
  const size = text.vocabularySize.toLocaleString('en');
  switch (part) {
    case 'Vision':
      return {
        title: 'vision encoder',
        lines: [
          `${names.encoder} ${vision.layers} × ${vision.hiddenSize}`,
          `${vision.imageSize} px, ${(vision.imageSize / vision.patchSize) ** 2} patches`,
        ],
        parameters: parameters.vision,
      };
    case 'Connector':
      return {
        title: 'connector',
        lines: [
          config.connector === 'mlp'
            ? `MLP ${vision.hiddenSize} → ${d}`
            : `shuffle ${vision.hiddenSize * config.scaleFactor ** 2} → ${d}`,
          `${config.imageTokens} image tokens`,
        ],
        parameters: parameters.connector,
      };
    case 'Tokens':
      return {
        title: 'tokens',
        lines: [`${tokens(context, side)} of ${size}`],
        parameters: parameters.embedding,
      };
    case 'Body':
      return {
        title: 'decoder body',
        lines: [
          `${names.decoder} ${text.layers} × ${d}`,
          `${text.heads} heads, ${text.kvHeads} kv`,
          `${formatCount(parameters.body)} weights`,
        ],
        parameters: parameters.body,
      };
    default:
      return {
        title: head,
        lines: [
          `${d} → ${size}`,
          config.tieWordEmbeddings ? 'is the embedding' : `${formatCount(parameters.head)} weights`,
        ],
        parameters: parameters.head,
      };
  }
}

/** Weights of the Recalibrator's three parts, as `distill/recalibrator.ts` lays them out; a test compares them. */
export function recalibratorParameters({
  architecture: { teacher, student },
  recipe: { recalibrator },
}: Pick<DiagramContext, 'architecture' | 'recipe'>): { pre: number; recBody: number; post: number } {
  const { hiddenSize: d, heads, kvHeads, headDim, intermediateSize, attentionBias } = student.config.text;
  const wide = teacher.config.text.hiddenSize;
  const projected = (heads + 2 * kvHeads) * headDim;
  const block =
    2 * d + projected * d + (attentionBias ? projected : 0) + d * heads * headDim + 3 * d * intermediateSize;
  return {
    pre: d * wide + d,
    recBody: recalibrator.depth * block,
    post: (recalibrator.normBeforeProjection ? d : 0) + wide * d + wide,
  };
}

/** Weights of DSKD's three projectors, as `distill/dskd-arm.ts` lays them out; a test compares them. */
function projectorParameters({ teacher, student }: PairArchitecture): number {
  const [l, s] = [teacher.config.text.hiddenSize, student.config.text.hiddenSize];
  return 2 * l * (2 * s + 1) + l * (s + 1) + s * (l + 1);
}

/** A part's name and numbers. */
export function factsOf(key: PartKey, context: DiagramContext): PartFacts {
  const { architecture, recipe } = context;
  const { text } = architecture.student.config;
  const wide = architecture.teacher.config.text.hiddenSize;
  const weights = recalibratorParameters(context);
  if (key in lossNames)
    return {
      title: lossNames[key as LossKey].title,
      lines: [],
      ...(key === 'distillation' &&
        recipe.objective === 'dskd' && { parameters: projectorParameters(architecture) }),
    };
  switch (key) {
    case 'examples':
      return {
        title: 'examples',
        lines: [`${recipe.data.batchSize} a step:`, 'picture, question,', 'answer'],
      };
    case 'pre':
      return {
        title: 'Rec-proj-pre',
        lines: [`linear ${wide} → ${text.hiddenSize}`, `${formatCount(weights.pre)} weights`],
        parameters: weights.pre,
      };
    case 'recBody':
      return {
        title: 'Rec-body',
        lines: [
          `${recipe.recalibrator.depth} blocks × ${text.hiddenSize}`,
          `${formatCount(weights.recBody)} weights`,
        ],
        parameters: weights.recBody,
      };
    case 'post':
      return {
        title: 'Rec-proj-post',
        lines: [`linear ${text.hiddenSize} → ${wide}`, `${formatCount(weights.post)} weights`],
        parameters: weights.post,
      };
    default: {
      const side = key.startsWith('teacher') ? 'teacher' : 'student';
      return modelFacts(context, side, key.slice(side.length));
    }
  }
}

/** One moment of a step: the parts that work, in the order in which they do. */
export interface Phase {
  key:
    | 'examples'
    | 'tokens'
    | 'teacher'
    | 'student'
    | 'pre'
    | 'recBody'
    | 'post'
    | 'heads'
    | 'losses'
    | 'backward'
    | 'adamw';
  title: string;
  parts: PartKey[];
  text: string;
}

/** The moments of a training step, in their true order; moments in which nothing of the stage works are left out. */
export function phasesOf(wiring: Wiring, context: DiagramContext): Phase[] {
  const { architecture, recipe, stage, shapes } = context;
  const { state, flows, terms } = wiring;
  if (terms.length === 0) return [];
  const b = recipe.data.batchSize;
  const ds = architecture.student.config.text.hiddenSize;
  const dl = architecture.teacher.config.text.hiddenSize;
  const { answerFeatures, depth, reassignPositions, normBeforeProjection } = recipe.recalibrator;
  const regularised = terms.some((term) => term.startsWith('reg'));
  const works = (keys: readonly PartKey[]) => keys.filter((key) => state[key] !== 'unused');
  const trained = (Object.keys(state) as PartKey[]).filter((key) => state[key] === 'trained');
  const total = (side: 'teacher' | 'student') => {
    const own = shapes?.[side];
    return own === undefined ? `(${tokens(context, side)})` : String(own.Nq + own.Na);
  };
  const [nqs, nal] = [shapes?.student.Nq ?? 'Nq_s', shapes?.teacher.Na ?? 'Na_l'];
  const inputs = (side: 'teacher' | 'student') =>
    `${tokens(context, side)} (${architecture[side].config.imageTokens} for the picture)`;
  // An objective may have weights of its own.
  const changed = [...trained, ...terms].reduce(
    (sum, key) => sum + (factsOf(key, context).parameters ?? 0),
    0,
  );
  const studentSays = {
    align: 'Frozen in this stage, so it is computed once per example and kept.',
    distil:
      state.studentVision === 'trained'
        ? 'All of it trains.'
        : 'The vision encoder is frozen, so its part is kept per picture; the rest trains.',
    finetune: 'The vision encoder is frozen; the rest trains.',
  };
  const reached = flows.some(
    ({ from, to, gradient }) => from === 'studentBody' && to === 'recBody' && gradient,
  );
  const phases: Phase[] = [
    {
      key: 'examples',
      title: 'Examples',
      parts: ['examples'],
      text: `${b} pictures, each with a question and its answer. ${answersFrom(recipe)}`,
    },
    {
      key: 'tokens',
      title: state.teacherTokens === 'unused' ? 'Tokens' : 'Two tokenizations',
      parts: works(['teacherTokens', 'studentTokens']),
      text:
        state.teacherTokens === 'unused'
          ? `Question + answer take ${inputs('student')} tokens of the student.`
          : `The same texts, split twice. Question + answer take ${inputs('teacher')} tokens of the teacher, ${inputs('student')} of the student, padding included.`,
    },
    {
      key: 'teacher',
      title: 'Teacher features',
      parts: works(['teacherVision', 'teacherConnector', 'teacherBody']),
      text: `z_l, ${b} × ${total('teacher')} × ${dl}. The teacher is frozen, so each example’s features are computed once and kept on the GPU.`,
    },
    {
      key: 'student',
      title: 'Student features',
      parts: works(['studentVision', 'studentConnector', 'studentBody']),
      text: `z_s, ${b} × ${total('student')} × ${ds}. ${studentSays[stage]}`,
    },
    {
      key: 'pre',
      title: 'Rec-proj-pre',
      parts: works(['pre']),
      text: `Brings ${answerFeatures === 'teacher-body' ? 'z_al, the teacher’s answer features,' : 'the teacher’s embedded answer'} into the student’s width: ${b} × ${nal} × ${dl} → ${ds}.${regularised ? ' For L_reg z_ql goes through it as well.' : ''}`,
    },
    {
      key: 'recBody',
      title: 'Rec-body',
      parts: works(['recBody']),
      text: `${depth === 1 ? 'One decoder block' : `${depth} decoder blocks`} like the student’s over [z_qs ; pre(${answerFeatures === 'teacher-body' ? 'z_al' : 'answer'})], ${b} × (${nqs} + ${nal}) × ${ds}, ${reassignPositions ? 'positions counted anew' : 'each with its own positions'}. The student’s answer features never enter.`,
    },
    {
      key: 'post',
      title: 'Rec-proj-post',
      parts: works(['post']),
      text: `${normBeforeProjection ? 'A norm, then back' : 'Back'} to the teacher’s width: r_al, ${b} × ${nal} × ${dl}.`,
    },
    {
      key: 'heads',
      title: 'Heads',
      parts: works(['teacherHead', 'studentHead']),
      text: headsText(wiring, context),
    },
    {
      key: 'losses',
      title: 'Losses',
      parts: [...terms],
      text: `${terms.map((term) => `${lossNames[term].title} = ${lossNames[term].formula}`).join('; ')}.`,
    },
    {
      key: 'backward',
      title: 'Backward',
      parts: works([...new Set(flows.filter(({ gradient }) => gradient).map(({ from }) => from))]),
      text: reached
        ? 'Along the bold lines the gradient goes back. L_main reaches the student only at its question positions, through z_qs; its answer positions learn from L_sft.'
        : 'Along the bold lines the gradient goes back to everything that trains.',
    },
    {
      key: 'adamw',
      title: 'AdamW',
      parts: trained,
      text: `Changes the ${changed.toLocaleString('en')} weights that train in this stage.`,
    },
  ];
  return phases.filter(({ parts }) => parts.length > 0);
}

function headsText({ state, terms }: Wiring, { architecture: { teacher, student } }: DiagramContext): string {
  const [vl, vs] = [teacher, student].map(({ config }) => config.text.vocabularySize.toLocaleString('en'));
  const own = `the student’s own turns z_as into probabilities of its ${vs} tokens`;
  if (state.teacherHead === 'unused') return `${own[0]!.toUpperCase()}${own.slice(1)}.`;
  const compared = terms.includes('mainCe') ? 'both z_al and r_al' : 'z_al';
  const also = state.studentHead === 'unused' ? '' : `; ${own}`;
  return `The teacher’s frozen head turns ${compared} into probabilities of its ${vl} tokens${also}.`;
}

function answersFrom({ objective, data: { labelled, examples, unlabelled } }: Recipe): string {
  if (objective === 'seq-kd') return 'The teacher gave all the answers before the first step.';
  if (labelled === 0 || labelled >= examples) return 'Every answer is the true one.';
  const some = `${labelled.toLocaleString('en')} of ${examples.toLocaleString('en')} examples have their true answer`;
  return unlabelled === 'ignored'
    ? `Only the ${labelled.toLocaleString('en')} with a true answer are used.`
    : `${some}; the teacher answered the others before the first step.`;
}

/** What a watched step adds to a moment's description. */
export function exampleText(phase: Phase['key'], example: WatchedExample): string | undefined {
  const { question, answer, questionTokens, answerTokens } = example;
  if (phase === 'examples') return `The batch’s first: “${question}” → “${answer}”`;
  if (phase !== 'tokens') return undefined;
  const spelled = (who: 'teacher' | 'student') =>
    `${questionTokens[who]} + ${answerTokens[who].length} (${answerTokens[who].map((token) => token.trim() || '␣').join(' | ')})`;
  return `The batch’s first: “${answer}”. Teacher: ${spelled('teacher')}. Student: ${spelled('student')}.`;
}
