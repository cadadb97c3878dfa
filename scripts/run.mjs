// Runs a TypeScript script in Node: `node scripts/run.mjs scripts/distill.ts --flags`. tfjs ships ES modules that only a
// bundler resolves, so the script is bundled first.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

const [entry, ...rest] = process.argv.slice(2);
const name = path.basename(entry, '.ts');
await build({
  configFile: false,
  logLevel: 'error',
  publicDir: false,
  ssr: { noExternal: true, external: ['webgpu', 'sharp', 'vite', 'playwright'] },
  build: { ssr: entry, outDir: 'build/scripts', emptyOutDir: false, target: 'node20', minify: false },
});
process.argv = [process.argv[0], entry, ...rest];
await import(pathToFileURL(path.resolve('build/scripts', `${name}.js`)).href);
