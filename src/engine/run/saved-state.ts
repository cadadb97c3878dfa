import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { withInput } from '../what-is-wrong.ts';
import { recipeSchema } from '../recipe/schema.ts';
import { reasonOf, requireVersion, type StoredFormat } from '../stored-version.ts';
import { jsonNumbers } from '../json-numbers.ts';
import { stepMetricsSchema } from './events.ts';

const format: StoredFormat = {
  name: 'The saved state of the run',
  version: 4,
  code: 'state-mismatch',
  action: 'Start the run again from its recipe.',
};

const order = z.strictObject({
  random: z.array(z.number()),
  /** Data order of the current epoch and the next position in it. */
  order: z.array(z.int()),
  cursor: z.int().min(0),
});

const header = {
  recipe: recipeSchema,
  dataHash: z.string(),
  /** Hashes of the two checkpoints' integrity lists: a state fits only the weights it came from. */
  teacher: z.string(),
  student: z.string(),
  /** Updates done so far over the whole run. */
  step: z.int().min(0),
  /** What these took, as `RunSummary` says it. */
  seconds: z.number().min(0),
  trainSeconds: z.number().min(0),
  /** Numbers of the latest of these updates that no event has told yet. */
  untold: z.array(stepMetricsSchema),
  /** The teacher's answers to unlabelled examples, by what identifies the question. */
  answers: z.record(z.string(), z.string()),
  /** Where every seed's batches stand. */
  seeds: z.array(order).min(1),
};

const headerSchema = z.strictObject({
  format: z.literal('genrecal-state'),
  version: z.literal(format.version),
  ...header,
  tensors: z.array(z.strictObject({ name: z.string(), length: z.int().min(0) })),
});

/** Everything that decides how a run continues. Tensors are exact f32, so that a restored run goes on bit for bit. */
export interface SavedState extends z.infer<z.ZodObject<typeof header>> {
  tensors: Map<string, Float32Array>;
}

/** u32 header length, JSON header, then every tensor's f32 values in the header's order; little-endian. */
export function encodeState(state: SavedState): Uint8Array {
  const { tensors, ...rest } = state;
  const entries = [...tensors];
  const header = new TextEncoder().encode(
    JSON.stringify({
      format: 'genrecal-state',
      version: format.version,
      ...rest,
      untold: jsonNumbers(rest.untold),
      tensors: entries.map(([name, data]) => ({ name, length: data.length })),
    }),
  );
  const size = entries.reduce((sum, [, data]) => sum + data.byteLength, 4 + header.length);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  let at = 4 + header.length;
  for (const [, data] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * What a saved state says of itself, without its tensors.
 * @throws EngineError `state-mismatch` when the bytes are no saved state, of another version, or damaged.
 */
export function describeState(bytes: Uint8Array): Omit<SavedState, 'tensors'> {
  const { tensors: _, ...rest } = readHeader(bytes).header;
  return rest;
}

/** @throws EngineError `state-mismatch` when the bytes are no saved state, of another version, or damaged. */
export function decodeState(bytes: Uint8Array): SavedState {
  const { header, size } = readHeader(bytes);
  const { tensors, ...rest } = header;
  let at = size;
  const map = new Map<string, Float32Array>();
  for (const { name, length } of tensors) {
    map.set(name, new Float32Array(bytes.slice(at, at + 4 * length).buffer));
    at += 4 * length;
  }
  return { ...rest, tensors: map };
}

/** The header and the bytes it takes; all bytes that it promises are there. */
function readHeader(bytes: Uint8Array) {
  try {
    if (bytes.byteLength < 4) throw new Error('it is cut short');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = 4 + view.getUint32(0, true);
    if (size > bytes.byteLength) throw new Error('it is cut short, or no saved state');
    const json = parse(bytes.subarray(4, size));
    const current = fromVersion3(json);
    requireVersion(format, z.looseObject({ version: z.unknown() }).safeParse(current).data?.version);
    const { format: _, version: __, ...header } = headerSchema.parse(current, withInput);
    const expected = header.tensors.reduce((sum, { length }) => sum + 4 * length, size);
    if (bytes.byteLength !== expected)
      throw new Error(`it has ${bytes.byteLength} bytes instead of ${expected}`);
    return { header, size };
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError(format.code, `${format.name} is damaged: ${reasonOf(error)}.`, format.action, {
      cause: error,
    });
  }
}

/** A header as this page writes it: version 3 had one seed. */
function fromVersion3(json: unknown): unknown {
  const found = z.looseObject({ version: z.literal(3) }).safeParse(json);
  if (!found.success) return json;
  const { random, order, cursor, ...rest } = found.data;
  return { ...rest, version: 4, seeds: [{ random, order, cursor }] };
}

function parse(header: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(header));
  } catch (error) {
    throw new Error('its header is not JSON', { cause: error });
  }
}
