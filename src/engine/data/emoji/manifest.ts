import { z } from 'zod';
import { parsed } from '../../what-is-wrong.ts';

/**
 * What a drawing style may be used for. No model was pretrained on a `transfer` style, and its pictures may be trained on only with
 * the teacher's answers; `validation` and `held-out` never reach an optimiser.
 */
const styleRoles = ['train', 'transfer', 'validation', 'held-out'] as const;
export type StyleRole = (typeof styleRoles)[number];

const conceptSchema = z.strictObject({
  /** Emoji slug, e.g. `red-apple`. */
  id: z.string(),
  /** The name a person gives it, lower case, one word. */
  name: z.string(),
  codepoint: z.string(),
  /** Answer to “What kind of thing is this?”. */
  kind: z.string(),
  group: z.string(),
  subgroup: z.string(),
  split: z.enum(['train', 'held-out-concept']),
});

const styleSchema = z.strictObject({
  /** Stands in the keys of pictures. */
  key: z.string().regex(/^[a-z0-9-]+$/),
  label: z.string(),
  package: z.string(),
  version: z.string(),
  licence: z.string(),
  attribution: z.string(),
  role: z.enum(styleRoles),
  /** Sprite sheet beside the manifest. */
  sheet: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  /** Cell of each concept in the sheet, −1 where the style has no drawing of it. */
  cells: z.array(z.int().min(-1)),
});

const manifestSchema = z
  .strictObject({
    version: z.literal(1),
    cell: z.literal(64),
    columns: z.int().min(1),
    concepts: z.array(conceptSchema),
    styles: z.array(styleSchema),
    skipped: z.array(z.strictObject({ style: z.string(), concept: z.string(), reason: z.string() })),
    /** SHA-256 of the manifest without this field. */
    hash: z.string(),
  })
  .superRefine(({ concepts, styles }, context) => {
    styles.forEach(({ cells }, i) => {
      if (cells.length !== concepts.length)
        context.addIssue({
          code: 'custom',
          path: ['styles', i, 'cells'],
          message: 'does not have a cell for every concept',
        });
    });
  });

export type Manifest = z.output<typeof manifestSchema>;

/** @throws EngineError `data-invalid` */
export function parseManifest(json: unknown): Manifest {
  return parsed(manifestSchema, json, {
    code: 'data-invalid',
    what: 'The picture manifest is',
    action: 'Reload the page; if it happens again, the site’s files are damaged.',
  });
}

export function styleKeys(manifest: Manifest, role: StyleRole): string[] {
  return manifest.styles.filter((style) => style.role === role).map((style) => style.key);
}
