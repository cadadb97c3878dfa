import { EngineError } from '../../errors.ts';
import { sha256 } from '../../sha256.ts';
import type { ModelConfig } from '../config.ts';
import { familyOf } from '../families/families.ts';
import { weightShapes } from '../families/weight-parts.ts';
import type { HostTensor, HostTensors } from '../host-tensor.ts';
import { checkTensors } from './check-tensors.ts';
import { readDescription, type Description, type TextOnlyModel, type VlmModel } from './description.ts';
import { listFolder } from './integrity.ts';
import { widen } from './safetensors.ts';
import { readableType, type StoredTensor } from './safetensors-header.ts';
import { openShards, type Shard } from './shards.ts';
import type { FileSource } from './source.ts';

interface Folder {
  name: string;
  /** By the names of `transformers` 4.49, whatever version saved them. */
  tensors: HostTensors;
  tokenizerJson: unknown;
  tokenizerConfig: unknown;
  /** SHA-256 over what a saved run belongs to: the shards' hashes where they are known, else the tensors and texts. */
  hash: string;
}

export type TextOnlyCheckpoint = Folder & TextOnlyModel;
export type VlmCheckpoint = Folder & VlmModel;

/** A Hugging Face folder in host memory. */
export type Checkpoint = TextOnlyCheckpoint | VlmCheckpoint;

export interface LoadEvent {
  file: string;
  loadedBytes: number;
  totalBytes: number;
}

/** A tensor before its numbers are read. */
interface Placed extends StoredTensor {
  shard: Shard;
}

/**
 * Loads a checkpoint folder: one this project wrote, whose shards are checked against their SHA-256, or one that `transformers` saved. What does not
 * fit is refused before weights are read wherever the source has folders. All or nothing: the promise rejects before any partial
 * result is visible.
 * @throws EngineError `file-missing`, `file-truncated`, `file-corrupt`, `file-unsupported` or `not-finite`, naming the file.
 */
export async function loadCheckpoint(
  source: FileSource,
  folder: string,
  onProgress?: (event: LoadEvent) => void,
): Promise<Checkpoint> {
  const { description, placed, weights } = await openFolder(source, folder, onProgress);
  const tensors = new Map<string, HostTensor>();
  const digests: string[] = [];
  for (const [name, stored] of placed) {
    const bytes = await stored.shard.read(stored);
    if (weights === undefined) digests.push(`${name} ${stored.dtype} ${await sha256(bytes)}`);
    const tensor = widen(bytes, stored);
    if (!tensor.data.every(Number.isFinite)) throw notFinite(stored.shard.path, name);
    tensors.set(name, tensor);
  }
  const contents = () => new TextEncoder().encode(JSON.stringify([digests, description]));
  return { ...described(description, folder), tensors, hash: weights ?? (await sha256(contents())) };
}

/**
 * A checkpoint folder without its weights, for weighing it: every tensor has its shape and zeros, all of them the same ones. It has no hash.
 * @throws EngineError as `loadCheckpoint`, but for what only the weights tell.
 */
export async function sketchCheckpoint(source: FileSource, folder: string): Promise<Checkpoint> {
  const { description, placed } = await openFolder(source, folder);
  const numbers = ({ shape }: StoredTensor) => shape.reduce((a, b) => a * b, 1);
  const zeros = new Float32Array([...placed.values()].reduce((most, one) => Math.max(most, numbers(one)), 0));
  const tensors = [...placed].map(([name, stored]) => {
    const { shape } = stored;
    return [name, { shape, data: zeros.subarray(0, numbers(stored)) }] as const;
  });
  return { ...described(description, folder), tensors: new Map(tensors), hash: '' };
}

/** What a folder says of its model, and every tensor that can be read by its name, checked against each other. */
async function openFolder(
  source: FileSource,
  folder: string,
  onProgress?: (event: LoadEvent) => void,
): Promise<{ description: Description; placed: Map<string, Placed>; weights?: string }> {
  const { files, weights } = await listFolder(source, folder);
  const description = await readDescription(source, folder, files);
  const { config } = description.model;
  const shards = await openShards(source, folder, files, (file, loadedBytes, totalBytes) =>
    onProgress?.({ file, loadedBytes, totalBytes }),
  );
  const placed = placeTensors(config, shards, folder);
  if (description.tiesDiffer) config.tieWordEmbeddings = !placed.has(familyOf(config).layout.head);
  checkTensors(config, placed, folder);
  // In the family's order, not the files': sums over all weights must not depend on who saved them. What no pass reads follows.
  const read = Object.values(weightShapes(config)).flat();
  const names = new Set([...read.map(([needed]) => needed), ...placed.keys()]);
  const readable = [...names].flatMap((name) => {
    const stored = placed.get(name)!;
    return readableType(stored.dtype) ? [[name, stored] as const] : [];
  });
  return { description, placed: new Map(readable), ...(weights !== undefined && { weights }) };
}

function described({ model, tokenizerJson, tokenizerConfig }: Description, folder: string) {
  return { ...model, name: folder.split('/').at(-1)!, tokenizerJson, tokenizerConfig };
}

/** Every tensor of the shards by the name that its family's layout gives it. */
function placeTensors(config: ModelConfig, shards: readonly Shard[], folder: string): Map<string, Placed> {
  const { renames } = familyOf(config);
  const placed = new Map<string, Placed>();
  for (const shard of shards)
    for (const [stored, tensor] of shard.tensors) {
      const name = renames.reduce((old, [from, to]) => old.replace(from, to), stored);
      if (placed.has(name))
        throw new EngineError(
          'file-corrupt',
          `“${folder}” holds the tensor “${name}” twice, under names of two versions of transformers.`,
          'Save the model anew into an empty folder.',
        );
      placed.set(name, { ...tensor, shard });
    }
  return placed;
}

function notFinite(path: string, name: string): EngineError {
  return new EngineError(
    'not-finite',
    `Tensor “${name}” in “${path}” has values that are no finite numbers.`,
    'Use a checkpoint from before its training diverged, or save it in F32.',
  );
}
