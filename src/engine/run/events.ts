import type { EngineFailure } from '../errors.ts';
import type { LossTerms } from '../method/losses.ts';
import type { StageKey } from '../method/stages.ts';
import type { Recipe } from '../recipe/recipe.ts';

export interface StepMetrics {
  arm: string;
  /** 1-based over the whole run. */
  step: number;
  stage: StageKey;
  losses: LossTerms;
  /** Global norm before clipping. */
  gradientNorm: number;
  learningRate: number;
}

export type SplitKey =
  'seen-style' | 'validation-style' | 'held-out-style' | 'held-out-concept' | 'held-out-composition';

export interface Score {
  /** Fraction of answers that equal the reference exactly, 0–1. */
  exactMatch: number;
  /** Number of questions. */
  n: number;
  /** One character a question: “1” right, “0” wrong. */
  right: string;
  byType: Record<string, { exactMatch: number; n: number }>;
  /** Of the true answers, per token of the model's own tokenizer; where it was measured. */
  perplexity?: number;
}

/** Whether the Recalibrator listens to the student, on one batch of held-out questions; losses are means over real answer tokens, nats. */
export interface ProbeNumbers {
  mainKl: number;
  /** With z_qs replaced by zeros. */
  mainKlZeroed: number;
  /** With z_qs of another question of the same kind. */
  mainKlShuffled: number;
  mainCe: number;
  mainCeZeroed: number;
  mainCeShuffled: number;
  /** ‖∂L_main/∂z_qs‖ */
  questionGradient: number;
  /** Mean share of their attention that the answer's tokens give to the question's in Rec-body, 0–1. */
  questionAttention: number;
}

/** A token of a held-out answer, as the teacher spells it. */
export interface SampledToken {
  /** Which question's: 0, 1, … */
  example: number;
  text: string;
  /** The answer's first: its row is the question's last position. */
  first: boolean;
}

/** One feature space in the run's fixed plane; coordinates are x and y of each row in turn. */
export interface MappedSpace {
  /** Numbers per feature. */
  width: number;
  /** z_l in the teacher's space, pre(z_l) in the student's; one row a token. */
  teacher: number[];
  /** r in the teacher's space, one row a token; z_qs in the student's, one row a first token. */
  own: number[];
  /** Share of this sample's variance that the plane shows, 0–1. */
  explained: number;
  /** Mean cosine of each row of `own` with the teacher's of the same token, in the full space, −1…1. */
  cosine: number;
  /** The same with the teacher's of all other tokens: what closeness is worth is the difference. */
  cosineOthers: number;
}

/** Where the features of a few held-out tokens lie. */
export interface FeatureMapNumbers {
  tokens: SampledToken[];
  teacherSpace: MappedSpace;
  studentSpace: MappedSpace;
}

/** An example of the batch, as both models read it. */
export interface WatchedExample {
  question: string;
  answer: string;
  /** The picture's tokens included. */
  questionTokens: { teacher: number; student: number };
  answerTokens: { teacher: string[]; student: string[] };
}

/** One question of the live panel with what each model says. */
export interface PanelItem {
  id: string;
  type: string;
  question: string;
  reference: string;
  /** 64×64 RGBA of the scene, for display. */
  picture: Uint8ClampedArray<ArrayBuffer>;
  teacher: string;
  studentBefore: string;
}

/** One of the students trained side by side. */
export interface ArmReport {
  key: string;
  label: string;
}

export interface RunSummary {
  /** Which drawings were asked about. */
  split: SplitKey;
  questions: number;
  /** The student before the first step: the same for every arm. */
  before: Score;
  teacher: Score;
  /** Every arm after the last step, the recipe's own first. */
  arms: (ArmReport & { after: Score })[];
  /** The same of further splits, where the recipe asks for them; `arms` by key. */
  otherSplits: { split: SplitKey; before: Score; teacher: Score; arms: Record<string, Score> }[];
  steps: number;
  seconds: number;
  trainSeconds: number;
}

/** What the trainer reports; plain data only, so that it crosses threads unchanged. Files need `jsonNumbers`: what is measured may not be finite. */
export type TrainEvent = RunEvent & {
  /** Set where a run that goes on tells what its record had before the state was saved: for who watches, not for the record. */
  again?: true;
};

type RunEvent =
  | {
      type: 'start';
      recipe: Recipe;
      /** The recipe's own first. */
      arms: ArmReport[];
      totalSteps: number;
      stages: { key: StageKey; from: number; to: number }[];
      dataHash: string;
      /** Hashes of the two checkpoints' integrity lists. */
      checkpoints: { teacher: string; student: string };
      trainableParameters: Record<StageKey, number>;
    }
  /** What is happening before the first step and between steps, in words, with progress 0–1 where known. */
  | { type: 'status'; message: string; progress?: number }
  | { type: 'panel'; items: PanelItem[] }
  /** An update of every arm was submitted; its numbers come with the packed readback of this or a later step. Not pulling here pauses the run. */
  | { type: 'step'; step: number; stage: StageKey }
  | {
      type: 'metrics';
      steps: StepMetrics[];
      stepsPerSecond: number;
      examplesPerSecond: number;
      gpuBytes: number;
      tensors: number;
    }
  | {
      type: 'evaluation';
      step: number;
      split: SplitKey;
      /** An arm's key; “before” for the untouched student, which every arm shares; “teacher”. */
      who: string;
      score: Score;
      final: boolean;
    }
  | { type: 'probe'; step: number; arm: string; numbers: ProbeNumbers }
  | { type: 'features'; step: number; arm: string; map: FeatureMapNumbers }
  /** How long questions and answers are in each model's tokens, padding included; the same for the whole run. */
  | {
      type: 'shapes';
      teacher: { Nq: number; Na: number };
      student: { Nq: number; Na: number };
    }
  /** The first example of a single step's batch, when somebody watches single steps. */
  | { type: 'example'; step: number; example: WatchedExample }
  | { type: 'answers'; step: number; arm: string; answers: Record<string, string> }
  | { type: 'stage'; stage: StageKey; step: number }
  /** From the step after this one on the run follows another recipe, which differs in live fields. */
  | { type: 'recipe'; step: number; recipe: Recipe }
  | { type: 'paused'; step: number }
  | { type: 'resumed'; step: number }
  | { type: 'stopped'; step: number }
  | { type: 'failed'; step: number; failure: EngineFailure }
  | { type: 'done'; final: RunSummary };
