import { labelsAlone, sameAnswers } from './standard-arms.ts';
import type { RecipeInput } from './recipe.ts';

export interface Preset {
  key: string;
  label: string;
  /** One sentence: what it shows. */
  why: string;
  /** Goes wrong so that one sees how it looks. */
  badOnPurpose?: true;
  recipe: RecipeInput;
}

export const presets: readonly Preset[] = [
  {
    key: 'default',
    label: 'Few labels, mini pair',
    why: '256 labelled examples; the teacher answers the other 3,840. Beside it the same student without the teacher, and with its answers but without the Recalibrator.',
    recipe: {},
  },
  {
    key: 'nano-quick',
    label: 'Nano, quick look',
    why: 'A few minutes with the smallest pair even without a graphics card, all labels given; shows every part of the page.',
    recipe: {
      pair: 'nano',
      data: { examples: 2048, labelled: 0 },
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
      stages: {
        align: { steps: 20 },
        distil: { steps: 300, learningRate: 3e-3, finalLearningRate: 3e-4 },
        finetune: { steps: 40 },
      },
      evaluation: { everySteps: 20, liveQuestions: 48, finalQuestions: 240 },
    },
  },
  {
    key: 'figure1',
    label: 'Figure 1: who learns most',
    why: 'The paper’s first figure on this machine: the untouched student, SFT without the teacher, on the teacher’s answers, with its probabilities as well, and GenRecal.',
    recipe: {
      arms: [
        labelsAlone,
        { ...sameAnswers, label: 'SFT, teacher’s answers' },
        { key: 'mined', label: 'Logit KD (MinED)', change: { objective: 'mined' } },
      ],
    },
  },
  {
    key: 'no-copying',
    label: 'GenRecal that cannot copy',
    why: 'z_al already holds the teacher’s next token. With its token embeddings instead, the Recalibrator has to ask the student: see the view “inside”.',
    recipe: {
      arms: [
        {
          key: 'embeddings',
          label: 'GenRecal, embeddings',
          change: { 'recalibrator.answerFeatures': 'teacher-embedding' },
        },
        sameAnswers,
      ],
    },
  },
  {
    key: 'all-labels',
    label: 'All labels',
    why: 'Every example has its true answer, so the teacher brings no new answers: what is left is the method alone.',
    recipe: {
      data: { labelled: 0 },
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
    },
  },
  {
    key: 'medium',
    label: 'Medium pair',
    why: 'The largest built-in pair: pictures of 64 pixels, 64 image tokens; comfortable on a discrete graphics card.',
    recipe: { pair: 'medium' },
  },
  {
    key: 'no-regulariser',
    label: 'Regulariser: none, MSE, CE + KL',
    why: 'L_reg off: the Recalibrator has nothing that ties it to the teacher’s own features; the paper loses accuracy here.',
    recipe: {
      arms: [
        { key: 'ce-kl', label: 'CE + KL (paper)', change: { 'loss.regulariser': 'ce+kl' } },
        { key: 'mse', label: 'Feature MSE', change: { 'loss.regulariser': 'feature-mse' } },
      ],
      loss: { regulariser: 'none' },
    },
  },
  {
    key: 'depth',
    label: 'Rec-body: 1, 2 or 4 blocks',
    why: 'How deep the Recalibrator has to be; the paper takes 2 decoder blocks.',
    recipe: {
      recalibrator: { depth: 2 },
      arms: [
        { key: 'depth-1', label: 'GenRecal, 1 block', change: { 'recalibrator.depth': 1 } },
        { key: 'depth-4', label: 'GenRecal, 4 blocks', change: { 'recalibrator.depth': 4 } },
      ],
    },
  },
  {
    key: 'loss-weights',
    label: 'L_main: CE, KL or both',
    why: 'What the Recalibrator learns from: the true next token, the teacher’s distribution over its own vocabulary, or both as in the paper.',
    recipe: {
      arms: [
        { key: 'ce', label: 'GenRecal, CE alone', change: { 'loss.mainKl': 0 } },
        { key: 'kl', label: 'GenRecal, KL alone', change: { 'loss.mainCe': 0 } },
      ],
    },
  },
  {
    key: 'positions',
    label: 'New position ids (NPE) or the models’ own',
    why: 'The paper counts positions anew over the joined sequence; without it the answer keeps the teacher’s own positions.',
    recipe: {
      arms: [
        {
          key: 'own-positions',
          label: 'GenRecal, own positions',
          change: { 'recalibrator.reassignPositions': false },
        },
      ],
    },
  },
  {
    key: 'strong-teacher',
    label: 'The larger teacher for the smallest student',
    why: 'The mini pair’s teacher teaches the nano pair’s student: does a teacher that knows more teach more?',
    recipe: {
      pair: 'nano-strong-teacher',
      arms: [labelsAlone, sameAnswers],
    },
  },
  {
    key: 'shuffled-teacher',
    label: 'A teacher that mixes up the pictures',
    why: 'The teacher’s answers go to the wrong questions: watch whether the comparison notices.',
    badOnPurpose: true,
    recipe: {
      data: { unlabelled: 'shuffled-answers' },
      arms: [
        {
          key: 'good-teacher',
          label: 'GenRecal, its own answers',
          change: { 'data.unlabelled': 'teacher-answers' },
        },
      ],
    },
  },
  {
    key: 'too-fast',
    label: 'Learning rate far too high',
    why: 'Watch the losses jump and the held-out accuracy fall below the start.',
    badOnPurpose: true,
    recipe: {
      stages: {
        align: { learningRate: 0.2, finalLearningRate: 0.2 },
        distil: { learningRate: 0.2, finalLearningRate: 0.2 },
      },
      optimiser: { clipNorm: 0 },
    },
  },
  {
    key: 'no-align',
    label: 'No stage 1, Recalibrator frozen',
    why: 'The Recalibrator keeps its random first weights, so L_main asks the student to please a network that has learned nothing: watch whether it falls, and whether SFT without it does better.',
    badOnPurpose: true,
    recipe: {
      stages: { align: { steps: 0 } },
      recalibrator: { inDistil: 'frozen' },
      arms: [
        {
          key: 'trained',
          label: 'GenRecal, trained',
          change: { 'recalibrator.inDistil': 'trained' },
        },
        { key: 'sft', label: 'SFT, same answers', change: { objective: 'sft' } },
      ],
    },
  },
  {
    key: 'temperature-20',
    label: 'Temperature 20, KL alone',
    why: 'Logits divided by 20 make both distributions almost flat, and no cross-entropy helps: watch how small L_main·KL is from the first step on, and whether it still teaches the Recalibrator anything.',
    badOnPurpose: true,
    recipe: {
      loss: { temperature: 20, mainCe: 0 },
      arms: [
        {
          key: 'temperature-1',
          label: 'Temperature 1',
          change: { 'loss.temperature': 1 },
        },
      ],
    },
  },
  {
    key: 'memorise',
    label: 'Eight examples, again and again',
    why: 'Every update sees the same eight labelled examples: watch the training losses fall, and whether the held-out accuracy follows.',
    badOnPurpose: true,
    recipe: {
      data: { examples: 8, batchSize: 8, labelled: 0 },
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
    },
  },
];
