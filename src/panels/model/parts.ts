import { lossKeys, lossTerms, type LossKey } from '../../engine/method/losses.ts';
import type { StageKey } from '../../engine/method/stages.ts';
import { trainedParts, type TrainedPart } from '../../engine/method/trained.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';

const sides = ['teacher', 'student'] as const;
type Side = (typeof sides)[number];
const pictureParts = ['Vision', 'Connector'] as const;
const modelParts = ['Tokens', ...pictureParts, 'Body', 'Head'] as const;
type ModelPart = (typeof modelParts)[number];
export type PartKey = 'examples' | `${Side}${ModelPart}` | 'pre' | 'recBody' | 'post' | LossKey;

/** What a stage does with a part. Examples and losses have nothing to train: they are “used”. */
export type PartState = 'trained' | 'frozen' | 'used' | 'unused';

/** Features on their way from one part to the next. */
export interface Flow {
  from: PartKey;
  to: PartKey;
  /** The paper's name of what flows. */
  name?: string;
  /** Whether a gradient comes back along it. */
  gradient: boolean;
}

/** How one stage of a recipe wires the pair. */
export interface Wiring {
  state: Record<PartKey, PartState>;
  /** The terms of the stage's loss. */
  terms: LossKey[];
  flows: Flow[];
}

/** The model that a part belongs to, where it belongs to one. */
export function sideOf(part: PartKey): Side | undefined {
  return sides.find((side) => part.startsWith(side));
}

const ofPictures = new Set<PartKey>(
  sides.flatMap((side) => pictureParts.map((part) => `${side}${part}` as const)),
);

/** Whether a model has the part because it reads pictures. */
export function isOfPictures(part: PartKey): boolean {
  return ofPictures.has(part);
}

const recalibrator = ['pre', 'recBody', 'post'] as const;

/**
 * What trains, what is frozen, what is not used, and what flows where, in one stage of a recipe.
 * @param pictures whether the pair reads any
 */
export function wiringOf(recipe: Recipe, stage: StageKey, pictures: boolean): Wiring {
  const terms = lossTerms(stage, recipe);
  const trains = new Set(trainedParts(stage, recipe).flatMap((part) => drawnParts[part]));
  const wires = wiresOf(recipe, terms, pictures);
  const used = new Set<PartKey>(wires.flatMap(({ from, to }) => [from, to]));
  const keys: PartKey[] = [
    'examples',
    ...modelParts.flatMap((part) => [`teacher${part}`, `student${part}`] as const),
    ...recalibrator,
    ...lossKeys,
  ];
  const passive = new Set<PartKey>(['examples', ...lossKeys]);
  const stateOf = (key: PartKey): PartState => {
    if (!used.has(key)) return 'unused';
    if (passive.has(key)) return 'used';
    return trains.has(key) ? 'trained' : 'frozen';
  };
  const carries = new Map<PartKey, boolean>();
  // A gradient goes back to a part that trains, or through it to one that does.
  const hasGradient = (key: PartKey): boolean => {
    let known = carries.get(key);
    if (known === undefined) {
      known = trains.has(key) || wires.some(({ from, to }) => to === key && hasGradient(from));
      carries.set(key, known);
    }
    return known;
  };
  return {
    state: Object.fromEntries(keys.map((key) => [key, stateOf(key)])) as Wiring['state'],
    terms,
    flows: wires.map((wire) => ({ ...wire, gradient: hasGradient(wire.from) })),
  };
}

/** What the diagram draws of each part that the method trains. */
const drawnParts: Record<TrainedPart, readonly PartKey[]> = {
  recalibrator,
  student: ['studentTokens', 'studentConnector', 'studentBody', 'studentHead'],
  adapters: ['studentBody'],
  encoder: ['studentVision'],
};

type Wire = Omit<Flow, 'gradient'>;

function wiresOf({ recalibrator: options }: Recipe, terms: readonly LossKey[], pictures: boolean): Wire[] {
  const has = (key: LossKey) => terms.includes(key);
  const model = (side: Side): Wire[] => [
    ...(pictures ? [{ from: 'examples', to: `${side}Vision` } as const] : []),
    { from: 'examples', to: `${side}Tokens` },
    ...(pictures
      ? [
          { from: `${side}Vision`, to: `${side}Connector` } as const,
          { from: `${side}Connector`, to: `${side}Body` } as const,
        ]
      : []),
    { from: `${side}Tokens`, to: `${side}Body` },
  ];
  const wires: Wire[] = [];
  if (terms.length === 0) return wires;
  wires.push(...model('student'));
  const main = has('mainCe');
  if (main || has('distillation'))
    wires.push(...model('teacher'), { from: 'teacherBody', to: 'teacherHead', name: 'z_l' });
  if (main) {
    const regularised = has('regCe') || has('regKl') || has('regMse');
    if (options.answerFeatures === 'teacher-body')
      wires.push({ from: 'teacherBody', to: 'pre', name: regularised ? 'z_al, z_ql' : 'z_al' });
    else {
      wires.push({ from: 'teacherTokens', to: 'pre', name: 'embedded answer' });
      if (regularised) wires.push({ from: 'teacherBody', to: 'pre', name: 'z_ql' });
    }
    wires.push(
      { from: 'pre', to: 'recBody', name: regularised ? 'pre(z_al), pre(z_ql)' : 'pre(z_al)' },
      { from: 'studentBody', to: 'recBody', name: 'z_qs' },
      { from: 'recBody', to: 'post' },
      { from: 'post', to: 'teacherHead', name: 'r_al' },
    );
  }
  for (const term of terms) {
    if (term === 'sft') wires.push({ from: 'studentHead', to: term });
    else if (term === 'distillation')
      wires.push({ from: 'teacherHead', to: term }, { from: 'studentHead', to: term });
    // A distance of features asks no head.
    else if (term === 'regMse') wires.push({ from: 'post', to: term }, { from: 'teacherBody', to: term });
    else wires.push({ from: 'teacherHead', to: term });
  }
  if (has('sft') || has('distillation')) wires.push({ from: 'studentBody', to: 'studentHead', name: 'z_as' });
  return wires;
}
