import { imageSize } from 'image-size';
import { EngineError } from '../../errors.ts';
import type { OwnFile } from '../../own-file.ts';
import type { DataWord } from '../../recipe/splits.ts';
import { sha256 } from '../../sha256.ts';
import type { Dataset, SideCounts } from '../dataset.ts';
import { plainQuestion } from '../plain-question.ts';
import { largest } from './bounds.ts';
import { fitPicture, type DecodePicture, type PictureShape } from './fit-picture.ts';
import { countsOf, ownDataset, type OwnQuestion } from './own-dataset.ts';
import { isPicture, readRows, shortened, type OwnRow, type RowNote } from './rows.ts';
import { askedSide, place, sidesOf, strictness, type HashedRow, type Side } from './sides.ts';
import { megabytes, tooMuch, unpacked, type Files } from './unpack.ts';

/** What a person's data are. */
export interface OwnDataReport {
  /** Name and hash, as recipes call them. */
  key: string;
  sides: Record<Side, SideCounts>;
  /** Rows that were not taken. */
  bad: RowNote[];
  /** Rows that were taken, on another side than they ask for. */
  moved: RowNote[];
  /** Pictures among the files that no row asks about. */
  unasked: number;
}

export interface OwnData {
  dataset: Dataset;
  report: OwnDataReport;
  questions: readonly OwnQuestion[];
}

/** How far the reading is: pictures, by the bytes of their files. */
type OnProgress = (event: { file: string; loadedBytes: number; totalBytes: number }) => void;

/**
 * Reads a person's questions: about pictures, a folder, a zip or several files by the conventions of Hugging Face `imagefolder`; or of text alone, from JSON
 * lines, JSON lists and CSV. Rows that cannot be used are listed, the others are taken. The data are named by what they hold: other names of files or another
 * order are the same data.
 * @param shape how the pictures are kept, undefined for questions without any; has no part in the hash
 * @throws EngineError `file-missing` without a table, `data-invalid` where its questions are of the other kind, nothing is left to train on or to measure
 *   by, or too much is there
 */
export async function readOwnData(
  chosen: readonly OwnFile[],
  decode: DecodePicture,
  shape: PictureShape | undefined,
  onProgress?: OnProgress,
): Promise<OwnData> {
  const { name, files } = await unpacked(chosen);
  const { rows, bad } = await readRows(files, shape !== undefined);
  const what = shape === undefined ? 'questions' : 'pictures';
  const pictures = shape && new PictureReader(files, decode, shape);
  const wanted = new Set(rows.flatMap(({ picture }) => picture ?? []));
  await pictures?.readAll(wanted, onProgress);
  const hashed: HashedRow[] = [];
  for (const row of rows) {
    const found = pictures?.of(row.picture!) ?? { hash: await hashOf(plainQuestion(row.question)) };
    const split =
      askedSide(row) === 'unknown' ? `The split “${shortened(row.split!)}” is none of` : undefined;
    if (split !== undefined) bad.push(note(row, `${split} train, validation, test.`));
    else if ('fault' in found) bad.push(note(row, found.fault));
    else hashed.push({ ...row, hash: found.hash });
  }
  const once = withoutDuplicates(hashed, bad);
  const { of, moved } = sidesOf(once);
  const questions: OwnQuestion[] = [];
  for (const row of once) {
    const { hash, question, answer } = row;
    const side = of.get(hash)!;
    if (side !== 'training' && answer === undefined)
      bad.push(
        note(
          row,
          `${pictures === undefined ? 'It' : 'Its picture'} is set aside (${side}), where a question without an answer measures nothing.`,
        ),
      );
    else questions.push({ hash, question, ...(answer !== undefined && { answer }), side });
  }
  questions.sort((a, b) => compare(a.hash, b.hash) || compare(a.question, b.question));
  const counts = (side: Side) =>
    countsOf(
      questions.filter((question) => question.side === side),
      pictures !== undefined,
    );
  const sides = {
    training: counts('training'),
    validation: counts('validation'),
    'held-out': counts('held-out'),
  };
  refuseOneSided(sides, bad, what);
  const spelt = questions.map(({ hash, question, answer, side }) => [hash, question, answer ?? null, side]);
  const hash = await hashOf(JSON.stringify(spelt));
  const key = `${plainName(name) || what}@${hash.slice(0, 12)}`;
  return {
    dataset: ownDataset(
      { key, hash },
      questions,
      pictures && { bytes: pictures.kept, size: pictures.shape.side },
    ),
    questions,
    report: {
      key,
      sides,
      bad: bad.sort((a, b) => compare(a.file, b.file) || a.line - b.line),
      moved,
      unasked:
        pictures === undefined
          ? 0
          : [...files.keys()].filter((path) => isPicture(path) && !wanted.has(path)).length,
    },
  };
}

function hashOf(text: string): Promise<string> {
  return sha256(new TextEncoder().encode(text));
}

/** Reads and decodes pictures, each once, also where several files hold the same. */
class PictureReader {
  /** By hash, bytes [S, S, 3]. */
  readonly kept = new Map<string, Uint8Array>();
  private readonly found = new Map<string, { hash: string } | { fault: string }>();
  private readonly unreadable = new Map<string, string>();

  constructor(
    private readonly files: Files,
    private readonly decode: DecodePicture,
    readonly shape: PictureShape,
  ) {}

  of(path: string): { hash: string } | { fault: string } {
    return this.found.get(path)!;
  }

  async readAll(paths: ReadonlySet<string>, onProgress?: OnProgress): Promise<void> {
    const sizeOf = (path: string) => this.files.get(path)?.size ?? 0;
    const totalBytes = [...paths].reduce((sum, path) => sum + sizeOf(path), 0);
    let loadedBytes = 0;
    for (const path of paths) {
      await this.read(path);
      loadedBytes += sizeOf(path);
      onProgress?.({ file: path, loadedBytes, totalBytes });
    }
  }

  private async read(path: string): Promise<void> {
    const file = this.files.get(path);
    this.found.set(
      path,
      file === undefined
        ? { fault: `The picture “${shortened(path)}” is not among the files.` }
        : await this.readFile(path, file),
    );
  }

  private async readFile(path: string, file: Blob): Promise<{ hash: string } | { fault: string }> {
    const named = `“${shortened(path)}”`;
    if (file.size > largest.pictureBytes)
      return {
        fault: `${named} has ${megabytes(file.size)}; a picture may have ${megabytes(largest.pictureBytes)}.`,
      };
    const content = await file.arrayBuffer().catch(() => undefined);
    if (content === undefined)
      return { fault: `${named} cannot be read: it was changed or moved since it was chosen.` };
    const bytes = new Uint8Array(content);
    const hash = await sha256(bytes);
    const known = this.unreadable.get(hash);
    if (known !== undefined) return { fault: `${named} ${known}` };
    if (this.kept.has(hash)) return { hash };
    const fault = whyNotAPicture(bytes) ?? (await this.keep(hash, bytes));
    if (fault === undefined) return { hash };
    this.unreadable.set(hash, fault);
    return { fault: `${named} ${fault}` };
  }

  /** @returns why not */
  private async keep(hash: string, bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
    const { kept, shape } = this;
    const each = 3 * shape.side ** 2;
    if ((kept.size + 1) * each > largest.keptBytes)
      throw tooMuch(
        `Pictures take ${megabytes(each)} each at the ${shape.side} pixels that this pair reads, and there are more`,
        Math.floor(largest.keptBytes / each),
      );
    try {
      kept.set(hash, fitPicture(await this.decode(bytes, enough(shape.side)), shape));
      return undefined;
    } catch {
      return 'is damaged or cut short.';
    }
  }
}

/** Longest side, px, from which more pixels change nothing that a picture of this side could show. */
const enough = (side: number) => Math.max(1024, 4 * side);

/** By its first bytes, whatever the file is called: nothing is decoded for it. */
function whyNotAPicture(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'is empty.';
  let size;
  try {
    size = imageSize(bytes);
  } catch {
    return 'is not a picture.';
  }
  const { type = '', width, height } = size;
  if (!['png', 'jpg', 'webp'].includes(type))
    return `is a ${type.toUpperCase()} picture; PNG, JPEG and WebP can be read.`;
  return width * height > largest.picturePixels
    ? `has ${width.toLocaleString('en')} × ${height.toLocaleString('en')} pixels; at most ${largest.picturePixels / 1e6} megapixels can be opened.`
    : undefined;
}

/** The same question, about the same picture if about any, counts once: with an answer rather than without one, set aside rather than trained on, else where it comes first. */
function withoutDuplicates(rows: readonly HashedRow[], bad: RowNote[]): HashedRow[] {
  const kept = new Map<string, HashedRow>();
  for (const row of rows) {
    const key = row.picture === undefined ? row.hash : `${row.hash}|${row.question}`;
    const first = kept.get(key);
    if (first === undefined) kept.set(key, row);
    else {
      const [stays, goes] = worth(row) > worth(first) ? [row, first] : [first, row];
      kept.set(key, stays);
      const about = row.picture === undefined ? '' : ' about the same picture';
      const other = goes.answer !== undefined && goes.answer !== stays.answer ? ' with another answer' : '';
      bad.push(note(goes, `A duplicate: ${place(stays, goes.file)} asks the same${about}${other}.`));
    }
  }
  return [...kept.values()];
}

function worth(row: HashedRow): number {
  const side = askedSide(row);
  const aside = side === undefined || side === 'unknown' ? 0 : strictness(side);
  return (row.answer === undefined ? 0 : 10) + aside;
}

function refuseOneSided(sides: Record<Side, SideCounts>, bad: readonly RowNote[], what: DataWord): void {
  if (sides.training.questions > 0 && sides['held-out'].answered > 0) return;
  const [first] = bad;
  const why =
    first === undefined ? '' : ` ${bad.length} rows were not taken; line ${first.line}: ${first.reason}`;
  throw new EngineError(
    'data-invalid',
    (sides['held-out'].answered === 0
      ? 'No question that could be used has an answer, so that nothing could be measured.'
      : 'No question is left to train on.') + why,
    `Give more rows: at least two ${what}, not all of them set aside, one of them with an answer.`,
  );
}

/** As it may stand in a recipe. */
function plainName(name: string): string {
  return Array.from(
    name
      .normalize('NFC')
      .replaceAll(/[@\p{C}]/gu, ' ')
      .trim(),
  )
    .slice(0, 40)
    .join('');
}

function note({ file, line }: OwnRow, reason: string): RowNote {
  return { file, line, reason };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
