import { lossNames } from '../../engine/method/losses.ts';
import { objectives } from '../../engine/recipe/objectives.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { WatchedExample } from '../../engine/run/events.ts';
import { factsOf, seesPictures, tokens, type DiagramContext } from './facts.ts';
import type { PartKey, Wiring } from './parts.ts';

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
  const pictures = seesPictures(context);
  const inputs = (side: 'teacher' | 'student') => {
    const { config } = architecture[side];
    return `${tokens(context, side)}${config.vision ? ` (${config.imageTokens} for the picture)` : ''}`;
  };
  // An objective may have weights of its own.
  const changed = [...trained, ...terms].reduce(
    (sum, key) => sum + (factsOf(key, context).parameters ?? 0),
    0,
  );
  const rest =
    recipe.student.lora === undefined ? 'the rest trains' : 'only the adapters beside its decoder train';
  const whole =
    recipe.student.lora === undefined ? 'All of it trains.' : 'Only the adapters beside its decoder train.';
  const studentSays = {
    align: 'Frozen in this stage, so it is computed once per example and kept.',
    distil:
      !pictures || state.studentVision === 'trained'
        ? whole
        : `The vision encoder is frozen, so its part is kept per picture; ${rest}.`,
    finetune: pictures ? `The vision encoder is frozen; ${rest}.` : whole,
  };
  const reached = flows.some(
    ({ from, to, gradient }) => from === 'studentBody' && to === 'recBody' && gradient,
  );
  const phases: Phase[] = [
    {
      key: 'examples',
      title: 'Examples',
      parts: ['examples'],
      text: `${b} ${pictures ? 'pictures, each with a question and its answer' : 'questions, each with its answer'}. ${answersFrom(recipe)}`,
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
  if (objectives[objective].answers === 'teacher')
    return 'The teacher gave all the answers before the first step.';
  if (labelled === 0 || labelled >= examples) return 'Every answer is the true one.';
  const some = `${labelled.toLocaleString('en')} of ${examples.toLocaleString('en')} examples have their true answer`;
  if (unlabelled === 'ignored')
    return `Only the ${labelled.toLocaleString('en')} with a true answer are used.`;
  const shuffled =
    unlabelled === 'shuffled-answers' ? ', and its answers were shuffled among the questions' : '';
  return `${some}; the teacher answered the others before the first step${shuffled}.`;
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
