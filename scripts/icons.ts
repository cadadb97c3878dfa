import { readFileSync, writeFileSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';

/** Draws public/icon-*.png from public/icon.svg, for systems on which the page is installed. */
const svg = readFileSync('public/icon.svg', 'utf8');

/** Square, without the round corners, and small enough for any shape that a system cuts out: the drawing keeps within the middle 80 %. */
const maskable = svg
  .replace('viewBox="0 0 32 32"', 'viewBox="-4 -4 40 40"')
  .replace('<rect width="32" height="32" rx="7"', '<rect x="-4" y="-4" width="40" height="40"');

function draw(name: string, source: string, size: number): void {
  const image = new Resvg(source, { fitTo: { mode: 'width', value: size } }).render();
  writeFileSync(`public/${name}.png`, image.asPng());
}

draw('icon-192', svg, 192);
draw('icon-512', svg, 512);
draw('icon-maskable-512', maskable, 512);
