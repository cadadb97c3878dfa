import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Every folder with code, lowest first, and single files that stand apart from their folder: what stands in one imports only what stands above it
 * in this list, and its own folder. Type-only and dynamic imports count.
 */
const layers = [
  'src/engine',
  'src/engine/recipe/text',
  'src/engine/recipe',
  'src/engine/method',
  'src/engine/models',
  'src/engine/models/families',
  'src/engine/models/tokenizers',
  'src/engine/models/checkpoints',
  'src/engine/data',
  'src/engine/data/emoji',
  'src/engine/data/own',
  'src/engine/data/text',
  'src/engine/device',
  'src/engine/session.ts',
  'src/engine/wgsl/core',
  'src/engine/wgsl/products',
  'src/engine/wgsl/ops',
  'src/engine/wgsl/tune',
  'src/engine/wgsl',
  'src/engine/tfjs/ops',
  'src/engine/tfjs',
  'src/engine/objectives/shared',
  'src/engine/objectives',
  'src/engine/evaluate',
  'src/engine/run',
  'src/engine/sweep',
  'src/engine/train',
  'src/engine/train/wgsl/batches',
  'src/engine/train/wgsl',
  'src/engine/train/tfjs',
  'src/engine/experiment',
  'src/engine/export',
  'src/engine/inspect',
  'src/node',
  'src/worker/own',
  'src/worker',
  'src/store/slices',
  'src/store',
  'src/store/engine',
  'src/store/own',
  'src/store/own-data',
  'src/store/kept',
  'src/store/run',
  'src/store/files',
  'src/store/address',
  // Panels stand side by side: a region may show a part of another one.
  'src/panels',
  'src',
  'bench',
  'scripts',
];

interface Import {
  target: string;
  typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Imports of the project's own files and of packages; `import('…')` and workers included. */
function imports(file: string): Import[] {
  const code = readFileSync(file, 'utf8');
  const statements =
    /^(?:import|export)( type)?\s(?:([^;'"]*?)\sfrom )?'([^']+)';|\bimport\(\s*'([^']+)'|new Worker\(new URL\('([^']+)'/gms;
  return [...code.matchAll(statements)].map(([, type, names, ...targets]) => {
    const target = targets.find((found) => found !== undefined)!;
    return {
      target: target.startsWith('.') ? path.join(path.dirname(file), target.replace(/\?.*/, '')) : target,
      typeOnly: type !== undefined || /^\{(?:\s*type [^,}]+,?)+\s*\}$/.test(names ?? ''),
    };
  });
}

const graph = new Map(
  ['src', 'bench', 'scripts'].flatMap(sources).map((file) => [file, imports(file)] as const),
);
const folders = [...new Set([...graph.keys()].map(path.dirname))];

/** The layer that a file belongs to: its own, or that of the nearest folder around it. */
function layerOf(file: string): number {
  for (let place = file; place !== '.'; place = path.dirname(place)) {
    const layer = layers.indexOf(place);
    if (layer >= 0) return layer;
  }
  throw new Error(`${file} stands in no room of the house`);
}

/** Files and packages that may run in the thread of a file, at once or later. */
function loads(file: string): Set<string> {
  const seen = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const { target, typeOnly } of graph.get(name) ?? [])
      if (!typeOnly && !target.endsWith('.worker.ts')) visit(target);
  };
  visit(file);
  return seen;
}

describe('the house', () => {
  it('has a room for every folder of the engine and the store', () => {
    const rooms = folders.filter((folder) => /^src\/(engine|store)/.test(folder));
    expect(rooms.filter((folder) => !layers.includes(folder))).toEqual([]);
  });

  it('imports point one way', () => {
    const wrong = [...graph].flatMap(([file, list]) =>
      list
        .filter(({ target }) => graph.has(target) && layerOf(target) > layerOf(file))
        .map(({ target }) => `${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('no imports go round in a circle', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]) => {
      if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' → '));
      if (done.has(file)) return;
      done.add(file);
      for (const { target } of graph.get(file) ?? []) if (graph.has(target)) visit(target, [...way, file]);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('is small in its rooms and its files', () => {
    const crowded = folders.filter(
      (folder) => [...graph.keys()].filter((file) => path.dirname(file) === folder).length > 16,
    );
    expect(crowded).toEqual([]);
    const long = [...graph.keys()].filter((file) => readFileSync(file, 'utf8').split('\n').length > 301);
    expect(long).toEqual([]);
  });

  it('the page loads nothing that computes tensors', () => {
    const wrong = [...graph.keys()]
      .filter((file) => /^src\/(panels|store|main)/.test(file))
      .flatMap((file) =>
        [...loads(file)]
          .filter(
            (name) => name.startsWith('@tensorflow/') || /^src\/engine\/(wgsl|tfjs|device)\//.test(name),
          )
          .map((name) => `${file} loads ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('the method is pure, and opens to whoever asks', () => {
    const wrong = [...graph.keys()]
      .filter((file) => file.startsWith('src/engine/method/'))
      .flatMap((file) =>
        [...loads(file)].filter((name) => !/^(src\/engine\/(method|recipe)\/|zod$)/.test(name)),
      );
    expect(wrong).toEqual([]);
  });

  it('only its own room knows what the built-in data set shows', () => {
    for (const file of sources('src/engine')) {
      if (file.startsWith('src/engine/data/emoji/')) continue;
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      expect(code, file).not.toMatch(/\b64 ?[*×] ?64\b/);
    }
    const knowing = [...graph].filter(([, list]) =>
      list.some(({ target }) => target.startsWith('src/engine/data/emoji/')),
    );
    const outside = knowing
      .map(([file]) => file)
      .filter((file) => !/^(src\/engine\/data\/emoji|scripts)\//.test(file));
    expect(outside).toEqual(['src/engine/session.ts']);
  });

  it('the page keeps its state in the store, not in modules', () => {
    for (const file of [...graph.keys()].filter((name) => /^src\/(store|panels|main)/.test(name)))
      expect(readFileSync(file, 'utf8'), file).not.toMatch(/^(?:export )?(?:let|var) /m);
  });

  it('the engine touches no DOM, no React and no worker globals', () => {
    for (const file of sources('src/engine')) {
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      expect(code, file).not.toMatch(
        /\b(document|window|localStorage|postMessage)\b\s*[.(]|from 'react|\bself\./,
      );
    }
  });

  it('tests of the page wait for what they expect, and set no bounds of their own', () => {
    for (const file of sources('test/e2e')) {
      const code = readFileSync(file, 'utf8');
      // A value read once may be of a page that is still loading: expect.poll, toPass and matchers of locators look again.
      expect(code, file).not.toMatch(/\bexpect\(\s*\(*await\b/);
      expect(code, file).not.toMatch(/\bwaitForTimeout\b|\btimeout: \d/);
    }
  });
});
