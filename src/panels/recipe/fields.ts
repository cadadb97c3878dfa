import { stageLabels, type StageKey } from '../../engine/method/stages.ts';
import { objectiveKeys, objectives } from '../../engine/recipe/objectives.ts';
import { examSplits, splitNames } from '../../engine/recipe/splits.ts';

/** A control of the form; its help text comes from the schema. */
export type Field =
  | { kind: 'number'; path: string; label: string; step: number }
  | { kind: 'choice'; path: string; label: string; options: { value: string; label: string }[] }
  | { kind: 'switch'; path: string; label: string }
  | { kind: 'arms'; path: 'arms'; label: string }
  | { kind: 'many'; path: string; label: string; options: { value: string; label: string }[] };

export interface FieldGroup {
  title: string;
  note?: string;
  fields: Field[];
}

const stage = (key: StageKey, note: string): FieldGroup => ({
  title: stageLabels[key],
  note,
  fields: [
    { kind: 'number', path: `stages.${key}.steps`, label: 'steps', step: 10 },
    { kind: 'number', path: `stages.${key}.learningRate`, label: 'learning rate', step: 0.0001 },
    { kind: 'number', path: `stages.${key}.finalLearningRate`, label: 'final rate', step: 0.0001 },
  ],
});

const same = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

export const fieldGroups: readonly FieldGroup[] = [
  {
    title: 'Run',
    fields: [
      { kind: 'number', path: 'seed', label: 'seed', step: 1 },
      { kind: 'number', path: 'data.batchSize', label: 'batch size', step: 1 },
      { kind: 'number', path: 'data.examples', label: 'training questions', step: 256 },
      {
        kind: 'many',
        path: 'data.tasks',
        label: 'kinds of question',
        options: same(['name', 'kind', 'yes-no', 'count', 'position', 'odd-one-out', 'caption']),
      },
    ],
  },
  {
    title: 'Comparison',
    note: 'same seed, batches and number of updates',
    fields: [
      {
        kind: 'choice',
        path: 'objective',
        label: 'objective',
        options: objectiveKeys.map((key) => ({ value: key, label: objectives[key].label })),
      },
      { kind: 'arms', path: 'arms', label: 'beside it' },
      { kind: 'number', path: 'data.labelled', label: 'labelled examples', step: 64 },
      {
        kind: 'choice',
        path: 'data.unlabelled',
        label: 'the others',
        options: [
          { value: 'teacher-answers', label: 'teacher answers' },
          { value: 'ignored', label: 'left out' },
          { value: 'shuffled-answers', label: 'shuffled answers' },
        ],
      },
    ],
  },
  stage('align', 'trains the Recalibrator: L_main + L_reg'),
  stage('distil', 'trains both: L_main + L_sft'),
  stage('finetune', 'trains the student alone: L_sft'),
  {
    title: 'Losses',
    fields: [
      { kind: 'number', path: 'loss.mainCe', label: 'L_main CE weight', step: 0.1 },
      { kind: 'number', path: 'loss.mainKl', label: 'L_main KL weight', step: 0.1 },
      { kind: 'number', path: 'loss.sft', label: 'L_sft weight', step: 0.1 },
      { kind: 'number', path: 'loss.distillation', label: 'objective’s own weight', step: 0.1 },
      { kind: 'number', path: 'loss.temperature', label: 'temperature', step: 0.1 },
      {
        kind: 'choice',
        path: 'loss.regulariser',
        label: 'regulariser L_reg',
        options: same(['ce+kl', 'ce', 'kl', 'feature-mse', 'none']),
      },
      { kind: 'number', path: 'loss.regulariserWeight', label: 'L_reg weight', step: 0.1 },
      { kind: 'switch', path: 'loss.regulariserInDistil', label: 'L_reg in stage 2' },
      { kind: 'switch', path: 'loss.firstAnswerToken', label: 'score the first answer token' },
    ],
  },
  {
    title: 'Recalibrator',
    fields: [
      { kind: 'number', path: 'recalibrator.depth', label: 'depth', step: 1 },
      { kind: 'switch', path: 'recalibrator.reassignPositions', label: 'reassign positions (NPE)' },
      { kind: 'switch', path: 'recalibrator.normBeforeProjection', label: 'norm before projection' },
      {
        kind: 'choice',
        path: 'recalibrator.inDistil',
        label: 'in stage 2',
        options: same(['trained', 'frozen']),
      },
      {
        kind: 'choice',
        path: 'recalibrator.answerFeatures',
        label: 'answer features',
        options: [
          { value: 'teacher-body', label: 'teacher body' },
          { value: 'teacher-embedding', label: 'teacher embedding' },
        ],
      },
    ],
  },
  {
    title: 'Student and optimiser',
    fields: [
      {
        kind: 'choice',
        path: 'student.visionEncoder',
        label: 'vision encoder in stage 2',
        options: same(['trained', 'frozen']),
      },
      { kind: 'number', path: 'optimiser.weightDecay', label: 'weight decay', step: 0.01 },
      { kind: 'number', path: 'optimiser.clipNorm', label: 'clip norm', step: 0.1 },
    ],
  },
  {
    title: 'Measuring',
    fields: [
      {
        kind: 'choice',
        path: 'evaluation.split',
        label: 'drawings asked about',
        options: examSplits.map((key) => ({ value: key, label: splitNames[key] })),
      },
      { kind: 'number', path: 'evaluation.everySteps', label: 'ask every … steps', step: 10 },
      { kind: 'number', path: 'evaluation.liveQuestions', label: 'live questions', step: 8 },
      { kind: 'number', path: 'evaluation.finalQuestions', label: 'final questions', step: 8 },
      { kind: 'number', path: 'logEverySteps', label: 'read numbers every … steps', step: 1 },
    ],
  },
];

/** “stage title, label” of the field at `path` or of the one that holds it; undefined when the form has none. */
export function fieldLabel(path: string): string | undefined {
  for (const group of fieldGroups)
    for (const field of group.fields)
      if (path === field.path || path.startsWith(`${field.path}.`)) return `${group.title}, ${field.label}`;
  return undefined;
}
