import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encode } from 'fast-png';
import type { Manifest } from '../../src/engine/data/emoji/manifest.ts';
import { dataCard } from './card.ts';
import { pickConcepts } from './concepts.ts';
import { cell, rasteriseAll } from './rasterise.ts';
import { StyleDrawings, styleSources } from './styles.ts';

/** Builds public/data (sprite sheets, manifest, card) and the raw pictures that pretraining reads (build/pretrain). */
const columns = 16;
const shipped = 'public/data';
const raw = 'build/pretrain';

const drawings = styleSources.map((source) => new StyleDrawings(source));
const training = drawings.filter(({ source }) => source.role === 'train');
const required = drawings.filter(({ source }) => source.role === 'train' || source.role === 'held-out');
const concepts = pickConcepts({
  inTraining: (id) => training.every((style) => style.has(id)),
  everywhere: (id) => required.every((style) => style.has(id)),
});
const core = concepts.filter(({ tier }) => tier === 'core');
const extended = concepts.filter(({ tier }) => tier === 'extended');
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

await mkdir(shipped, { recursive: true });
await mkdir(raw, { recursive: true });
const skipped: Manifest['skipped'] = [];
const styles: Manifest['styles'] = [];
const available = new Map<string, Set<string>>();

for (const style of drawings) {
  const { key, label, role, licence, attribution } = style.source;
  const wanted = role === 'train' ? concepts : core;
  const drawn = wanted.filter(({ id }) => style.has(id));
  const pictures = await rasteriseAll(drawn.map(({ id }) => style.svg(id)));
  const byId = new Map<string, Uint8Array>();
  drawn.forEach(({ id }, i) => {
    const picture = pictures[i];
    if (picture === undefined)
      skipped.push({ style: key, concept: id, reason: 'the rasteriser fails on this drawing' });
    else byId.set(id, picture);
  });
  available.set(key, new Set(byId.keys()));

  const inSheet = core.filter(({ id }) => byId.has(id));
  const rows = Math.ceil(inSheet.length / columns);
  const sheet = new Uint8Array(columns * cell * rows * cell * 3).fill(255);
  inSheet.forEach(({ id }, i) => {
    const [left, top] = [(i % columns) * cell, Math.floor(i / columns) * cell];
    const picture = byId.get(id)!;
    for (let y = 0; y < cell; y++)
      sheet.set(picture.subarray(y * cell * 3, (y + 1) * cell * 3), ((top + y) * columns * cell + left) * 3);
  });
  const png = encode(
    { width: columns * cell, height: rows * cell, data: sheet, channels: 3, depth: 8 },
    { zlib: { level: 9 } },
  );
  await writeFile(path.join(shipped, `${key}.png`), png);
  const cells = core.map(({ id }) => inSheet.findIndex((concept) => concept.id === id));
  styles.push({
    key,
    label,
    package: style.package,
    version: style.version,
    licence,
    attribution,
    role,
    sheet: `${key}.png`,
    bytes: png.length,
    sha256: sha256(png),
    cells,
  });
  const blank = new Uint8Array(cell * cell * 3).fill(255);
  const dump = (list: typeof concepts) => Buffer.concat(list.map(({ id }) => byId.get(id) ?? blank));
  await writeFile(path.join(raw, `pictures-core-${key}.u8`), dump(core));
  if (role === 'train') await writeFile(path.join(raw, `pictures-extended-${key}.u8`), dump(extended));
  console.log(`${key}: ${byId.size} pictures, ${(png.length / 1024).toFixed(0)} KiB`);
}

const body: Omit<Manifest, 'hash'> = {
  version: 1,
  cell,
  columns,
  concepts: core.map(({ id, name, codepoint, kind, group, subgroup, split }) => ({
    id,
    name,
    codepoint,
    kind,
    group,
    subgroup,
    split,
  })),
  styles,
  skipped,
};
const manifest: Manifest = { ...body, hash: sha256(JSON.stringify(body)) };
await writeFile(path.join(shipped, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
await writeFile(path.join(shipped, 'README.md'), dataCard(manifest));
await writeFile(
  path.join(raw, 'concepts.json'),
  JSON.stringify({
    concepts: concepts.map((concept) => ({
      ...concept,
      styles: drawings.map(({ source }) => source.key).filter((key) => available.get(key)!.has(concept.id)),
    })),
    styles: styleSources.map(({ key, role }) => ({ key, role })),
  }),
);
console.log(
  `${core.length} core and ${extended.length} extended concepts; skipped ${skipped.length}; ${manifest.hash}`,
);
