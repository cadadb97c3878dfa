import type { StateCreator } from 'zustand';
import type { OwnDataReport } from '../../engine/data/own/read-own-data.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import { sameOwnData } from '../../engine/own-data-key.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { DataWord } from '../../engine/recipe/splits.ts';
import type {
  HubModel,
  LoadedPair,
  LoadEvent,
  OwnFile,
  PairReport,
  SeenData,
  SessionProgress,
  WeighedModel,
} from '../../worker/protocol.ts';

type LoadRole = SessionProgress['role'];

/** Which half of a pair a person's own model becomes. */
export type OwnRole = 'teacher' | 'student';

/** What a person chose or dropped on this computer: a folder that can be kept in mind, where the browser gives such handles, or files. */
export type Chosen = FileSystemDirectoryHandle | readonly OwnFile[];

/** Where a person's model is. */
export type Brought = Chosen | HubModel;

/** A person's model or pictures that this browser keeps in mind, because they said so: where they are, and no file of them. */
export interface Remembered {
  what: 'model' | DataWord;
  /** As recipes, links and records name it. */
  name: string;
  /** As people call it. */
  label: string;
  /** What has to be fetched to open it again, where it is on the Hub. */
  bytes: number;
  /** ISO 8601. */
  rememberedAt: string;
  place: FileSystemDirectoryHandle | HubModel;
}

/** A person opens a model of their own: nothing chosen yet, looked at, known and weighed, being read, or refused. */
export type OwnModelDialog = { role: OwnRole } & (
  | { step: 'choose'; failure?: EngineFailure }
  | { step: 'look' }
  /** `expected`: the name that it has to have, where it was remembered under one. */
  | { step: 'known'; brought: Brought; expected: string | undefined; weighed: WeighedModel }
  | { step: 'read'; progress: LoadEvent }
);

/** What a recipe needs to be loaded: a pair, and the data, which may be a person's own. */
export interface Loadable {
  pair: string;
  own?: string | undefined;
}

export function loadable({ pair, data: { own } }: Recipe): Loadable {
  return { pair, own };
}

export function isSame(a: Loadable, b: Loadable): boolean {
  return a.pair === b.pair && sameOwnData(a.own, b.own);
}

/** A person opens pictures or questions of their own: nothing chosen yet, being read, seen, or refused. */
export type OwnDataDialog =
  | { step: 'choose'; failure?: EngineFailure }
  | { step: 'read'; progress: LoadEvent }
  /** `remembered`: where these very data already are. */
  | { step: 'seen'; chosen: Chosen; remembered: boolean; seen: SeenData };

export interface PairSlice {
  /** From the checkpoint index, and with a person's own models behind them; empty until the index has been read. */
  pairs: PairReport[];
  ownModel: OwnModelDialog | undefined;
  /** The latest first; undefined until somebody asks (`readRemembered`). */
  remembered: readonly Remembered[] | undefined;
  ownData: OwnDataDialog | undefined;
  /** The person's data that were taken last, and the recipe as it was about the built-in ones. */
  taken: { data: Pick<OwnDataReport, 'key' | 'sides'>; before: Recipe | undefined } | undefined;
  /** A person's data that the draft was about until it came to a pair that cannot be asked about them; until they have read it. */
  left: { key: string; word: DataWord } | undefined;
  load:
    | { status: 'idle' }
    | ({ status: 'loading'; files: Partial<Record<LoadRole, SessionProgress>> } & Loadable)
    | ({ status: 'ready' } & Loadable)
    | ({ status: 'failed'; failure: EngineFailure } & Loadable);
  /** What the loaded pair is made of. */
  architecture: LoadedPair['architecture'] | undefined;
  /** What identifies it. */
  contents: LoadedPair['contents'] | undefined;
}

export const pairSlice: StateCreator<PairSlice> = () => ({
  pairs: [],
  ownModel: undefined,
  remembered: undefined,
  ownData: undefined,
  taken: undefined,
  left: undefined,
  load: { status: 'idle' },
  architecture: undefined,
  contents: undefined,
});
