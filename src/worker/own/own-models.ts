import { EngineError } from '../../engine/errors.ts';
import type { ModelReport } from '../../engine/models/checkpoints/checkpoint-index.ts';
import { ownPrefix, refuseHalfBlind } from '../../engine/models/checkpoints/own-pair.ts';
import type { LoadEvent } from '../../engine/models/checkpoints/load-checkpoint.ts';
import type { FileSource } from '../../engine/models/checkpoints/source.ts';
import { namesOf } from '../../engine/models/families/families.ts';
import { entriesOf, zipOf, type OwnFile } from '../../engine/own-file.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import {
  loadModel,
  sketchModel,
  type LoadedModel,
  type OwnModel,
  type TrainSession,
} from '../../engine/session.ts';
import { sha256 } from '../../engine/sha256.ts';
import type { HubModel } from './hub-name.ts';
import type { Origin } from './origin.ts';
import { weigh, type Weight } from './weigh.ts';

/** A person's model before its weights are read: its name is not known yet. */
export interface WeighedModel {
  report: ModelReport;
  /** On the Hub, the commit that it was looked up at. */
  pinned?: HubModel;
  weight: Weight;
}

/** A person's files, and of the Hub's the commit that they are of. */
interface Found {
  files: readonly OwnFile[];
  pinned?: HubModel;
}

/** What a person brought, for as long as the page is open. */
export class OwnModels {
  private readonly models = new Map<string, OwnModel>();
  /** The model on the Hub that was looked up last: whoever takes it need not look again. */
  private looked: Found | undefined;

  get byName(): ReadonlyMap<string, OwnModel> {
    return this.models;
  }

  /**
   * What a person's model would be in a pair, before its weights are read, and what a run on that pair would take.
   * @param beside a loaded pair, of which it becomes one half
   * @throws EngineError of the files, naming what cannot be honoured, or `recipe-invalid` where only one half of the pair would read pictures.
   */
  async weigh(
    origin: Origin,
    role: 'teacher' | 'student',
    beside: TrainSession,
    recipe: Recipe,
  ): Promise<WeighedModel> {
    const { files, pinned } = await this.filesFrom(origin);
    const { folder, blobs } = modelFolder(files);
    const model = await sketchModel(blobSource(folder, blobs), folder);
    const report = await reportOf(model, blobs);
    refuseHalfBlind({ ...beside.pair, [role]: report });
    return { report, pinned, weight: weigh({ ...beside, [role]: model }, recipe) };
  }

  /**
   * @param expected the name that its hash has to give it
   * @throws EngineError as `ownModel`, or `file-corrupt` for another model than the expected one; what was brought before stays.
   */
  async bring(
    origin: Origin,
    onProgress: (event: LoadEvent) => void,
    expected?: string,
  ): Promise<ModelReport> {
    const { files } = await this.filesFrom(origin);
    const model = await ownModel(files, onProgress);
    const { name, folder } = model.report;
    if (expected !== undefined && name !== expected)
      throw new EngineError(
        'file-corrupt',
        `“${folder}” is not the model “${expected}”: it is another one, or was changed since.`,
        'Choose the folder that holds it, or go on with another pair.',
      );
    this.models.set(name, model);
    return model.report;
  }

  private async filesFrom(origin: Origin): Promise<Found> {
    if (!('repo' in origin)) return { files: await unpacked(origin) };
    const { pinned } = this.looked ?? {};
    if (this.looked !== undefined && pinned?.repo === origin.repo && pinned.revision === origin.revision)
      return this.looked;
    // Most people bring a folder.
    const { hubFiles } = await import('./hub.ts');
    return (this.looked = await hubFiles(origin));
  }
}

/**
 * Reads the model in a person's files, wholly: it is named by its hash. Weights are read tensor by tensor and stay in the folder until the next time.
 * @throws EngineError of the files, naming what cannot be honoured.
 */
async function ownModel(
  files: readonly OwnFile[],
  onProgress: (event: LoadEvent) => void,
): Promise<OwnModel> {
  const { folder, blobs } = modelFolder(files);
  const source = blobSource(folder, blobs);
  const model = await loadModel(source, folder, onProgress);
  const report = await reportOf(model, blobs);
  let held: LoadedModel | undefined = model;
  return {
    report,
    async load(told) {
      // What was just read need not be read again.
      const known = held;
      held = undefined;
      if (known !== undefined) return known;
      const again = await loadModel(source, folder, told);
      if (nameOf(again) === report.name) return again;
      throw new EngineError(
        'file-corrupt',
        `“${folder}” is not what it was when it was opened.`,
        'Open the folder again.',
      );
    },
  };
}

function nameOf({ checkpoint }: LoadedModel): string {
  return `${ownPrefix}${checkpoint.hash.slice(0, 12)}`;
}

async function reportOf(model: LoadedModel, blobs: ReadonlyMap<string, Blob>): Promise<ModelReport> {
  const { config, checkpoint } = model;
  const { text, family } = config;
  const tokenizer = await sha256(new TextEncoder().encode(JSON.stringify(checkpoint.tokenizerJson)));
  const kind = (checkpoint.tokenizerJson as { model: { type: string } }).model.type;
  return {
    name: nameOf(model),
    folder: model.name,
    family,
    names: namesOf(config),
    // Two of the same contents are one: what compares token by token looks at this.
    tokenizer: `${kind} ${tokenizer.slice(0, 8)}`,
    parameters: [...checkpoint.tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
    bytes: [...blobs].reduce((sum, [path, { size }]) => sum + (path.endsWith('.safetensors') ? size : 0), 0),
    vocabularySize: text.vocabularySize,
    imageSize: config.vision?.imageSize ?? 0,
    imageTokens: config.vision === undefined ? 0 : config.imageTokens,
    hiddenSize: text.hiddenSize,
    layers: text.layers,
    heldOutStyle: 0,
    heldOutQuestions: 0,
  };
}

/** The files of a zip in its place. */
async function unpacked(files: readonly OwnFile[]): Promise<readonly OwnFile[]> {
  const zip = zipOf(files);
  return zip === undefined ? files : (await entriesOf(zip)).map(([path, file]) => ({ path, file }));
}

/** The one folder among the files that holds a model, its files by their names. */
function modelFolder(files: readonly OwnFile[]): { folder: string; blobs: Map<string, Blob> } {
  const places = files.map(({ path, file }) => {
    const at = path.lastIndexOf('/');
    return { folder: path.slice(0, Math.max(at, 0)), name: path.slice(at + 1), file };
  });
  const folders = [
    ...new Set(places.filter(({ name }) => name === 'config.json').map(({ folder }) => folder)),
  ];
  // A folder of a folder may hold a model's optimiser or an adapter.
  const depth = (folder: string) => (folder === '' ? 0 : folder.split('/').length);
  const least = Math.min(...folders.map(depth));
  const [first, ...others] = folders.filter((folder) => depth(folder) === least);
  if (others.length > 0)
    throw new EngineError(
      'file-unsupported',
      `There are several models: “${first}” and “${others[0]}”.`,
      'Choose the folder of one of them.',
    );
  const chosen = first ?? places[0]?.folder ?? '';
  const inside = places.filter(({ folder }) => folder === chosen);
  return {
    folder: chosen.split('/').at(-1) || 'model',
    blobs: new Map(inside.map(({ name, file }) => [name, file])),
  };
}

/** Of many hundred requests for a model's parts one may fail. */
const maxTries = 4;
/** ms before a part is asked for again. */
const patience = 1000;

/** One folder of files that the browser reads from where they lie. */
function blobSource(folder: string, blobs: ReadonlyMap<string, Blob>): FileSource {
  const read = async (path: string, cut: (blob: Blob) => Blob): Promise<Uint8Array> => {
    const blob = path.startsWith(`${folder}/`) ? blobs.get(path.slice(folder.length + 1)) : undefined;
    const missing = (cause?: unknown) =>
      new EngineError('file-missing', `“${path}” is not there.`, 'Choose the folder again.', { cause });
    if (blob === undefined) throw missing();
    for (let tries = 1; ; tries++)
      try {
        return new Uint8Array(await cut(blob).arrayBuffer());
      } catch (error) {
        // A file of this computer, changed or deleted since it was chosen.
        if (error instanceof DOMException) throw missing(error);
        if (tries === maxTries)
          throw new EngineError(
            'file-truncated',
            `The connection broke while “${path}” was arriving.`,
            'Check the connection and try again.',
            { cause: error },
          );
        await new Promise((resolve) => setTimeout(resolve, tries * patience));
      }
  };
  return {
    bytes: async (path, { onBytes } = {}) => {
      const bytes = await read(path, (blob) => blob);
      onBytes?.(bytes.byteLength, bytes.byteLength);
      return bytes;
    },
    folders: {
      list: () => Promise.resolve([...blobs].map(([path, { size }]) => ({ path, bytes: size }))),
      part: (path, from, to) => read(path, (blob) => blob.slice(from, to)),
    },
  };
}
