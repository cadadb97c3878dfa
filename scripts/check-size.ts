import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Budgets of what a visitor downloads. Run after `npm run build`. */
const publicLimit = 40e6;
const initialLimit = 200e3;

function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const file = path.join(folder, entry.name);
    return sum + (entry.isDirectory() ? folderBytes(file) : statSync(file).size);
  }, 0);
}

/** The page's script with everything it imports statically. */
function initialScripts(): Set<string> {
  const html = readFileSync('dist/index.html', 'utf8');
  const queue = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]!);
  const found = new Set<string>();
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const code = readFileSync(path.join('dist', file), 'utf8');
    for (const match of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
      queue.push(`assets/${match[1]}`);
  }
  return found;
}

const publicBytes = folderBytes('public');
const scripts = [...initialScripts()];
const initial = scripts.reduce(
  (sum, file) => sum + gzipSync(readFileSync(path.join('dist', file))).length,
  0,
);
const worker = readdirSync('dist/assets').filter((file) => /^engine\.worker-.*\.js$/.test(file));
console.log(`public/: ${(publicBytes / 1e6).toFixed(1)} MB of ${publicLimit / 1e6} MB`);
console.log(
  `initial JavaScript: ${(initial / 1e3).toFixed(0)} kB gz of ${initialLimit / 1e3} kB (${scripts.join(', ')})`,
);
const faults = [
  publicBytes > publicLimit && 'public/ is too large',
  (scripts.length === 0 || initial > initialLimit) && 'the initial JavaScript is too large',
  worker.length !== 1 && 'the engine must be one worker chunk of its own',
  scripts.some((file) => readFileSync(path.join('dist', file), 'utf8').includes('WebGPUBackend')) &&
    'tfjs leaked into the page’s own chunk',
].filter((fault) => fault !== false);
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
