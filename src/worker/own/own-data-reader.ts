import type { Dataset } from '../../engine/data/dataset.ts';
import type { DecodePicture, PictureShape } from '../../engine/data/own/fit-picture.ts';
import { pictureShapeFor } from '../../engine/data/own/picture-shape.ts';
import { readOwnData, type OwnData, type OwnDataReport } from '../../engine/data/own/read-own-data.ts';
import { shownPicture } from '../../engine/data/picture-of.ts';
import { EngineError } from '../../engine/errors.ts';
import { unknownWords } from '../../engine/inspect/asked.ts';
import type { LoadEvent } from '../../engine/models/checkpoints/load-checkpoint.ts';
import { sameOwnData } from '../../engine/own-data-key.ts';
import type { OwnFile } from '../../engine/own-file.ts';
import type { LoadedModel, TrainSession } from '../../engine/session.ts';
import { dataNotHere } from '../../engine/train/refuse-foreign-data.ts';

/** One of the questions, with its picture as the models will see it, if it is about any. */
interface SampleQuestion {
  /** No two are the same. */
  id: string;
  /** RGBA bytes, square. */
  pixels: Uint8ClampedArray<ArrayBuffer> | undefined;
  question: string;
  answer: string | undefined;
}

/** Answers that a model can never give, because its tokenizer has no tokens for a word of theirs. */
interface Unspelled {
  answers: number;
  /** Some of the words. */
  words: string[];
}

/** A person's data as they are shown before they are taken. */
export interface SeenData {
  report: OwnDataReport;
  samples: SampleQuestion[];
  /** Of the loaded pair, where there is one. */
  unspelled: { teacher: Unspelled; student: Unspelled } | undefined;
}

/** What a recipe's own data are read from; without files they have not been opened here. */
export interface NamedData {
  key: string;
  files: readonly OwnFile[] | undefined;
}

const sampleCount = 10;
const wordCount = 6;
/** Before a pair is loaded, nobody knows how many pixels its models read. */
const usualShape: PictureShape = { side: 64, filter: 'bilinear' };

/** Reads what a person brings, and keeps the data that were read last: those that were just looked at are not read again to train on them. */
export class OwnDataReader {
  private held: { data: OwnData; shape: PictureShape | undefined } | undefined;

  constructor(private readonly decode: DecodePicture) {}

  /**
   * @param pictures whether the questions are to be about pictures, as those of the chosen pair are
   * @param loaded may be another pair than the chosen one, where that could not be loaded
   * @throws EngineError as `readOwnData`
   */
  async look(
    files: readonly OwnFile[],
    pictures: boolean,
    loaded: Pick<TrainSession, 'teacher' | 'student'> | undefined,
    onProgress: (event: LoadEvent) => void,
  ): Promise<SeenData> {
    const read = loaded && pictureShapeFor([loaded.teacher, loaded.student]);
    const session = (read !== undefined) === pictures ? loaded : undefined;
    const shape = pictures ? (read ?? usualShape) : undefined;
    const data = await readOwnData(files, this.decode, shape, onProgress);
    this.held = { data, shape };
    const { report, questions, dataset } = data;
    return {
      report,
      samples: everyNth(questions, sampleCount).map(({ hash, question, answer }) => ({
        id: `${hash}|${question}`,
        pixels: shownPicture(dataset, { picture: hash }),
        question,
        answer,
      })),
      unspelled: session && {
        teacher: unspelled(session.teacher, data),
        student: unspelled(session.student, data),
      },
    };
  }

  /**
   * The data of a recipe as these models read them.
   * @throws EngineError `recipe-invalid` where they have not been opened, `file-corrupt` where their files have changed since
   */
  async open(
    { key, files }: NamedData,
    models: readonly LoadedModel[],
    onProgress: (event: LoadEvent) => void,
  ): Promise<Dataset> {
    const shape = pictureShapeFor(models);
    const word = shape === undefined ? 'questions' : 'pictures';
    if (files === undefined) throw dataNotHere(key, word);
    const held = this.held;
    const kept =
      held !== undefined &&
      held.shape?.side === shape?.side &&
      held.shape?.filter === shape?.filter &&
      sameOwnData(held.data.report.key, key);
    const data = kept ? held.data : await readOwnData(files, this.decode, shape, onProgress);
    if (!sameOwnData(data.report.key, key))
      throw new EngineError(
        'file-corrupt',
        `“${key}” are not what they were when they were opened.`,
        `Open them again (“Your own ${word}”).`,
      );
    this.held = { data, shape };
    return data.dataset;
  }
}

function unspelled({ tokenizer }: LoadedModel, { questions }: OwnData): Unspelled {
  const words = new Set<string>();
  let answers = 0;
  const known = new Map<string, string[]>();
  for (const { answer } of questions) {
    if (answer === undefined) continue;
    const unknown = known.get(answer) ?? unknownWords(tokenizer, answer);
    known.set(answer, unknown);
    if (unknown.length > 0) answers++;
    for (const word of unknown) words.add(word);
  }
  return { answers, words: [...words].slice(0, wordCount) };
}

function everyNth<T>(items: readonly T[], count: number): T[] {
  const n = Math.min(count, items.length);
  return Array.from({ length: n }, (_, i) => items[Math.floor((i * items.length) / n)]!);
}
