import { z } from 'zod';
import { recipeSchema } from './schema.ts';
import type { NumberKind } from './text/typed-number.ts';

/** The schema of the field at a path such as `stages.align.steps`; undefined where a recipe has no such field. */
function schemaOf(path: string): z.ZodType | undefined {
  let schema: z.ZodType = recipeSchema;
  for (const key of path.split('.')) {
    const shape = shapeOf(schema);
    if (shape === undefined || !Object.hasOwn(shape, key)) return undefined;
    schema = shape[key]!;
  }
  return schema;
}

/** The schema's own description of a field. */
export function describeField(path: string): string | undefined {
  const schema = schemaOf(path);
  return schema && (schema.description ?? inner(schema)?.description);
}

/** Whether a recipe may have a field at this path, also one that the default recipe is without. */
export function isField(path: string): boolean {
  const schema = schemaOf(path);
  return schema !== undefined && shapeOf(schema) === undefined;
}

/** Which numbers a field takes; undefined where it takes none. */
export function numberKind(path: string): NumberKind | undefined {
  let schema = schemaOf(path);
  for (let next = schema; next !== undefined; next = inner(next)) schema = next;
  if (!(schema instanceof z.ZodNumber)) return undefined;
  return schema.format === 'safeint' ? 'whole' : 'any';
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  if ('shape' in schema) return schema.shape as Record<string, z.ZodType>;
  const wrapped = inner(schema);
  return wrapped === undefined ? undefined : shapeOf(wrapped);
}

function inner(schema: z.ZodType): z.ZodType | undefined {
  const { def } = schema as unknown as { def: { innerType?: z.ZodType } };
  return def.innerType;
}
