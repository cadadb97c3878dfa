import { stageLabels, type StageKey } from '../../engine/method/stages.ts';
import { objectiveKeys, objectives } from '../../engine/recipe/objectives.ts';
import {
  examSplits,
  isOfText,
  questionTypes,
  splitName,
  splitNames,
  textQuestionTypes,
} from '../../engine/recipe/splits.ts';

/** A control of the form; its help text comes from the schema. */
export type Field =
  | { kind: 'number'; path: string; label: string; step: number }
  | { kind: 'choice'; path: string; label: string; options: { value: string; label: string }[] }
  | { kind: 'switch'; path: string; label: string }
  /** A part of the recipe that it may be without. */
  | { kind: 'part'; path: string; label: string }
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

/** Fields that have nothing to decide where a pair reads no pictures. */
const ofPictures = new Set(['data.views', 'data.unlabelledStyles', 'student.visionEncoder']);

/** LoRA's fields: those behind the first one are there when it is on. */
export const loraGroup: FieldGroup = {
  title: 'LoRA',
  note: 'small matrices beside frozen weights',
  fields: [
    { kind: 'part', path: 'student.lora', label: 'train the student by LoRA' },
    { kind: 'number', path: 'student.lora.rank', label: 'rank', step: 1 },
    { kind: 'number', path: 'student.lora.alpha', label: 'alpha', step: 1 },
    {
      kind: 'many',
      path: 'student.lora.targets',
      label: 'beside which layers',
      options: [
        { value: 'q_proj', label: 'query' },
        { value: 'k_proj', label: 'key' },
        { value: 'v_proj', label: 'value' },
        { value: 'o_proj', label: 'output' },
        { value: 'gate_proj', label: 'gate' },
        { value: 'up_proj', label: 'up' },
        { value: 'down_proj', label: 'down' },
      ],
    },
  ],
};

/** The form for a pair that reads pictures, or for one that reads none. */
export function fieldGroupsFor(pictures: boolean): readonly FieldGroup[] {
  return pictures ? fieldGroups : textGroups;
}

const fieldGroups: readonly FieldGroup[] = groups(true);
const textGroups: readonly FieldGroup[] = groups(false).map((group) => ({
  ...group,
  fields: group.fields.filter(({ path }) => !ofPictures.has(path)),
}));

function groups(pictures: boolean): readonly FieldGroup[] {
  return [
    {
      title: 'Run',
      fields: [
        { kind: 'number', path: 'seed', label: 'seed', step: 1 },
        { kind: 'number', path: 'seeds', label: 'seeds at once', step: 1 },
        { kind: 'number', path: 'data.batchSize', label: 'batch size', step: 1 },
        { kind: 'number', path: 'data.examples', label: 'training questions', step: 256 },
        {
          kind: 'many',
          path: 'data.tasks',
          label: 'kinds of question',
          options: same(pictures ? questionTypes : textQuestionTypes),
        },
        {
          kind: 'choice',
          path: 'data.views',
          label: 'training pictures',
          options: [
            { value: 'plain', label: 'as drawn' },
            { value: 'augmented', label: 'augmented views' },
          ],
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
        {
          kind: 'many',
          path: 'data.unlabelledStyles',
          label: 'their drawings, if others',
          options: [
            { value: 'noto', label: 'Noto' },
            { value: 'twemoji', label: 'Twemoji' },
            { value: 'fluent-emoji-flat', label: 'Fluent' },
            { value: 'emojione', label: 'EmojiOne' },
            { value: 'streamline-emojis', label: 'Streamline (new to both)' },
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
          label: pictures ? 'drawings asked about' : 'facts asked about',
          options: examSplits
            .filter((key) => isOfText(key) !== pictures)
            .map((key) => ({ value: key, label: splitNames[key] })),
        },
        { kind: 'number', path: 'evaluation.everySteps', label: 'ask every … steps', step: 10 },
        { kind: 'number', path: 'evaluation.liveQuestions', label: 'live questions', step: 8 },
        { kind: 'number', path: 'evaluation.finalQuestions', label: 'final questions', step: 8 },
        { kind: 'number', path: 'logEverySteps', label: 'read numbers every … steps', step: 1 },
      ],
    },
  ];
}

/** The fields of a group for a recipe about `own` data, which have neither kinds of question nor styles, or the built-in ones. */
export function fieldsOf({ fields }: FieldGroup, own: string | undefined): Field[] {
  if (own === undefined) return fields;
  return fields
    .filter(({ path }) => path !== 'data.tasks' && path !== 'data.unlabelledStyles')
    .map((field) =>
      field.path === 'evaluation.split' && field.kind === 'choice' ? splitFieldOf(field, own) : field,
    );
}

function splitFieldOf(field: Extract<Field, { kind: 'choice' }>, own: string): Field {
  const keys = examSplits.filter((key) => field.options.some(({ value }) => value === key));
  return {
    ...field,
    label: keys.some(isOfText) ? 'questions asked' : 'pictures asked about',
    options: keys.map((value) => ({ value, label: splitName(value, { own }) })),
  };
}

/** “stage title, label” of the field at `path` or of the one that holds it; undefined when the form has none. */
export function fieldLabel(path: string): string | undefined {
  const found = fieldAtPath(path);
  return found && `${found.group.title}, ${found.field.label}`;
}

/** The field at `path`, or the one that holds it, and its group; undefined when the form has none. */
export function fieldAtPath(path: string): { group: FieldGroup; field: Field } | undefined {
  const held = ({ path: own }: Field) => path === own || path.startsWith(`${own}.`);
  const all = [...fieldGroups, loraGroup].flatMap((group) => group.fields.map((field) => ({ group, field })));
  return all.find(({ field }) => path === field.path) ?? all.find(({ field }) => held(field));
}
