import type { StateCreator } from 'zustand';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import type { ReplaySlice } from './replay-slice.ts';
import type { RunSlice } from './run-slice.ts';
import type { Answered, Askable, Asked, Heard, Inspection } from '../../worker/protocol.ts';

/** A question as the page shows it; `reference` is the right answer, where one is known. */
export interface ShownQuestion extends Asked {
  /** RGBA bytes, for display; none of a question about no picture. */
  pixels?: Uint8ClampedArray<ArrayBuffer>;
  reference?: string;
  /** Whether the picture is one of the panel's drawings. */
  fromPanel: boolean;
}

/** A picture that a person has chosen to ask about. */
export interface ChosenPicture {
  /** What it is called on the screen. */
  label: string;
  /** Absent for a person's own picture. */
  id?: string;
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

export type InspectionState =
  | { status: 'measuring' }
  | { status: 'ready'; result: Inspection }
  | { status: 'failed'; failure: EngineFailure };

export type OwnAnswers = {
  question: ShownQuestion;
  /** What every model has said so far. */
  heard: Readonly<Record<string, Heard>>;
} & (
  | { status: 'asking' }
  | { status: 'answered'; result: Answered }
  | { status: 'failed'; failure: EngineFailure }
);

export interface QuestionsSlice {
  /** Whether the look into an answer is open. */
  looking: boolean;
  /** The question that is looked into, and whose student; stays while its dialog closes. */
  inspected: { question: ShownQuestion; student: string; state: InspectionState } | undefined;
  /** A person's own question. */
  asking: boolean;
  askable: Askable | undefined;
  chosenPicture: ChosenPicture | undefined;
  own: OwnAnswers | undefined;
  setAsking(value: boolean): void;
  choosePicture(value: ChosenPicture | undefined): void;
}

/** What belongs to a loaded pair or a run and goes with it. */
export const noQuestions = {
  looking: false,
  inspected: undefined,
  own: undefined,
  askable: undefined,
} as const;

export const questionsSlice: StateCreator<QuestionsSlice> = (set) => ({
  ...noQuestions,
  asking: false,
  chosenPicture: undefined,
  setAsking: (asking) => set({ asking }),
  choosePicture: (chosenPicture) => set({ chosenPicture }),
});

/** Whether there are trained students to look at: a record holds none, and those of the latest run are not its. */
export function hasStudents({ run, replay }: RunSlice & ReplaySlice): boolean {
  return run.step > 0 && replay === undefined;
}

/** The student that is looked at first: the recipe's own, once it has begun. */
export function firstStudent(state: RunSlice & ReplaySlice): string {
  return hasStudents(state) ? mainArm : 'before';
}
