import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Imports point one way, and the engine runs anywhere. */
function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function imports(file: string): { target: string; typeOnly: boolean }[] {
  const code = readFileSync(file, 'utf8');
  return [...code.matchAll(/^(import|export)( type)?[^;]*?from '(\.[^']+)';/gms)].map((match) => ({
    target: path.join(path.dirname(file), match[3]!),
    typeOnly: match[2] !== undefined,
  }));
}

const forbidden: [from: string, to: RegExp][] = [
  ['src/engine', /^src\/(worker|store|panels|node)\//],
  ['src/engine/nn', /^src\/engine\/(distill|evaluate)\//],
  ['src/engine/kernels', /^src\/engine\/(distill|evaluate|nn|data)\//],
  ['src/engine/objectives', /^src\/engine\/(distill|evaluate|nn|recipe)\//],
  ['src/engine/tokenizers', /^src\/engine\/(distill|evaluate|nn|objectives)\//],
  ['src/engine/recipe', /^src\/engine\/(distill|evaluate|nn|data|device)\//],
  ['src/engine/distill', /^src\/worker\//],
  ['src/worker', /^src\/(store|panels)\//],
  ['src/store', /^src\/panels\//],
];

describe('the house', () => {
  it.each(forbidden)('%s does not import from %s', (from, to) => {
    const files = sources(from);
    expect(files.length).toBeGreaterThan(0);
    const wrong = files.flatMap((file) =>
      imports(file)
        .filter(({ target }) => to.test(target))
        .map(({ target }) => `${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('the page takes nothing but types, recipes, the method, plain statistics and the reading of files from the engine', () => {
    const allowed =
      /^src\/engine\/(errors|awake-clock|sha256|stored-version|(recipe|method)\/[\w-]+|models\/checkpoints\/source|evaluate\/(bands|score)|run\/(record|record-json|resume|saved-state))\.ts$/;
    const wrong = [...sources('src/panels'), ...sources('src/store')].flatMap((file) =>
      imports(file)
        .filter(
          ({ target, typeOnly }) => target.startsWith('src/engine/') && !typeOnly && !allowed.test(target),
        )
        .map(({ target }) => `${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
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
