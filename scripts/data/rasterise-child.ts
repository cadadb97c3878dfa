import { Resvg } from '@resvg/resvg-js';
import { cell } from './rasterise.ts';

process.on('message', (svg: string) => {
  let pixels: string | undefined;
  try {
    pixels = Buffer.from(draw(svg)).toString('base64');
  } catch {
    pixels = undefined;
  }
  process.send!({ pixels });
});

/** Centred on opaque white: [64, 64, 3]. */
function draw(svg: string): Uint8Array {
  const image = new Resvg(svg, { fitTo: { mode: 'width', value: cell }, background: '#ffffff' }).render();
  const { width, height, pixels } = image;
  if (width !== cell || height > cell) throw new Error(`${width}×${height} pixels do not fit a cell`);
  const rgb = new Uint8Array(cell * cell * 3).fill(255);
  const top = Math.floor((cell - height) / 2);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < cell; x++)
      for (let c = 0; c < 3; c++) rgb[((y + top) * cell + x) * 3 + c] = pixels[(y * width + x) * 4 + c]!;
  return rgb;
}
