import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import { pixelsOf } from '../src/engine/data/picture-of.ts';
import { shippedDataset } from './unit/data-fixtures.ts';

/** What a person may have: drawings seen anew, moved, bent and recoloured, each a PNG, with questions that the shipped models can read. */
export interface OwnPictures {
  /** By path, as a folder or a zip holds them. */
  files: Record<string, Uint8Array>;
  zip: Uint8Array;
}

/**
 * @param count pictures, each with one question; every fourth has no answer
 * @param more rows of metadata.jsonl behind them, as they stand there
 */
export async function ownPictures(count: number, more: readonly string[] = []): Promise<OwnPictures> {
  const data = await shippedDataset();
  const examples = data.training({
    tasks: ['name', 'kind'],
    styles: ['noto', 'twemoji'],
    seed: 77,
    count,
    views: 'augmented',
  });
  const side = data.pictures!.size;
  const name = (n: number) => `things/${String(n).padStart(3, '0')}.png`;
  const rows = examples.map(({ question, answer }, n) =>
    JSON.stringify({ file_name: name(n), question, ...(n % 4 > 0 && { answer }) }),
  );
  const files: OwnPictures['files'] = {
    'metadata.jsonl': new TextEncoder().encode([...rows, ...more, ''].join('\n')),
  };
  examples.forEach((example, n) => {
    const pixels = Uint8Array.from(pixelsOf(data, example), (value) => Math.round(255 * value));
    files[name(n)] = encode({ data: pixels, width: side, height: side, channels: 3, depth: 8 });
  });
  return { files, zip: zipSync(files, { level: 0 }) };
}
