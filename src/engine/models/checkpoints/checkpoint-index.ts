import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { finalSplit, finalTextSplit } from '../../recipe/splits.ts';
import { parsed } from '../../what-is-wrong.ts';
import { families, familyOf } from '../families/families.ts';
import type { FamilyNames } from '../families/family.ts';
import { readJson, type FileSource } from './source.ts';

const scoreSchema = z.looseObject({ exactMatch: z.number(), n: z.int() });
const modelSchema = z.looseObject({
  folder: z.string(),
  family: z.enum(families.map(({ key }) => key)),
  tokenizer: z.string(),
  parameters: z.int(),
  bytes: z.int(),
  imageTokens: z.int(),
  imageSize: z.int(),
  hiddenSize: z.int(),
  layers: z.int(),
  vocabularySize: z.int(),
  scores: z.record(z.string(), scoreSchema),
});
const indexSchema = z.looseObject({
  version: z.literal(1),
  models: z.record(z.string(), modelSchema),
  pairs: z.array(
    z.looseObject({
      key: z.string(),
      label: z.string(),
      about: z.string(),
      teacher: z.string(),
      student: z.string(),
    }),
  ),
});

/** What the index says of one checkpoint, without loading it. */
export interface ModelReport {
  name: string;
  folder: string;
  family: string;
  names: FamilyNames;
  tokenizer: string;
  parameters: number;
  /** Size of all shards. */
  bytes: number;
  vocabularySize: number;
  /** 0 of a model that reads no pictures, and `imageTokens` too. */
  imageSize: number;
  imageTokens: number;
  hiddenSize: number;
  layers: number;
  /** Exact match on the held-out style or facts over all question types, measured when the checkpoint was written; 0–1. */
  heldOutStyle: number;
  /** 0 where nobody measured it. */
  heldOutQuestions: number;
}

export interface PairReport {
  key: string;
  label: string;
  about: string;
  teacher: ModelReport;
  student: ModelReport;
}

/** What checkpoints/index.json lists. */
export interface CheckpointIndex {
  models: ReadonlyMap<string, ModelReport>;
  pairs: PairReport[];
}

/** Pairs of checkpoints/index.json. @throws EngineError `file-missing`, `file-corrupt` or `file-unsupported` */
export async function readPairs(source: FileSource): Promise<PairReport[]> {
  return (await readCheckpointIndex(source)).pairs;
}

/** Models and pairs of checkpoints/index.json. @throws EngineError `file-missing`, `file-corrupt` or `file-unsupported` */
export async function readCheckpointIndex(source: FileSource): Promise<CheckpointIndex> {
  const { models, pairs } = parsed(indexSchema, await readJson(source, 'checkpoints/index.json'), {
    code: 'file-unsupported',
    what: 'checkpoints/index.json is',
    action: 'Rebuild the index with pytorch/export.py.',
  });
  const report = (name: string): ModelReport => {
    const model = models[name];
    if (model === undefined)
      throw new EngineError(
        'file-unsupported',
        `checkpoints/index.json has a pair with the unknown model “${name}”.`,
        'Rebuild the index with pytorch/export.py.',
      );
    const { scores, ...facts } = model;
    const heldOut = scores[model.imageTokens > 0 ? finalSplit : finalTextSplit];
    return {
      ...facts,
      name,
      names: familyOf(model).names,
      heldOutStyle: heldOut?.exactMatch ?? 0,
      heldOutQuestions: heldOut?.n ?? 0,
    };
  };
  return {
    models: new Map(Object.keys(models).map((name) => [name, report(name)])),
    pairs: pairs.map(({ key, label, about, teacher, student }) => ({
      key,
      label,
      about,
      teacher: report(teacher),
      student: report(student),
    })),
  };
}
