import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseManifest, styleKeys } from '../../src/engine/data/emoji/manifest.ts';
import { evaluationExamples, trainingExamples } from '../../src/engine/data/emoji/questions.ts';
import type { SceneExample } from '../../src/engine/data/emoji/scene.ts';
import { questionTypes } from '../../src/engine/recipe/splits.ts';
import { pictureSplits } from '../../src/engine/recipe/splits.ts';
import { loadTokenizer, type VlmTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';

/**
 * Writes what pretraining reads into build/pretrain: questions with token ids, for every tokenizer and family (formats:
 * scripts/data/README.md). One `<image>` stands for the picture; pretraining repeats it to its model's count.
 */
const out = 'build/pretrain';
const trainingCount = 60_000;
const evaluationCount = 980;

const manifest = parseManifest(JSON.parse(await readFile('public/data/manifest.json', 'utf8')));
const training = trainingExamples({
  manifest,
  tasks: questionTypes,
  styles: styleKeys(manifest, 'train'),
  seed: 1234,
  count: trainingCount,
});
const vocab: Record<string, object> = {};

for (const [name, family] of [
  ['gpt2-bpe', 'llava'],
  ['gpt2-bpe', 'idefics3'],
  ['bert-wordpiece', 'idefics3'],
] as const) {
  const key = `${name}-${family}`;
  const read = async (file: string) =>
    JSON.parse(await readFile(path.join('build/tokenizers', key, file), 'utf8')) as unknown;
  const tokenizer = loadTokenizer(
    { tokenizerJson: await read('tokenizer.json'), tokenizerConfig: await read('tokenizer_config.json') },
    { family, imageTokens: 1, grid: 1 },
  );
  const { vocabularySize, imageId, padId, eosId } = tokenizer;
  const bosId = tokenizer.encodeQuestion('')[0];
  vocab[key] = { vocabularySize, imageId, padId, eosId, bosId };
  // Pretraining draws the styles itself, so the training lines leave them out.
  const lines = training.map((example) => JSON.stringify(line(tokenizer, example, false)));
  await writeFile(path.join(out, `examples-${key}.jsonl.gz`), gzipSync(lines.join('\n')));
  for (const split of pictureSplits) {
    const examples = evaluationExamples({ manifest, split, tasks: questionTypes, count: evaluationCount });
    await writeFile(
      path.join(out, `eval-${split}-${key}.jsonl`),
      examples.map((example) => `${JSON.stringify(line(tokenizer, example, true))}\n`).join(''),
    );
    console.log(`${key} ${split}: ${examples.length}`);
  }
}
await writeFile(path.join(out, 'vocab.json'), JSON.stringify(vocab, null, 1));

function line(tokenizer: VlmTokenizer, example: SceneExample, withStyle: boolean): object {
  return {
    ...example,
    placements: example.placements.map(({ concept, cell, style }) =>
      withStyle ? { concept, cell, style } : { concept, cell },
    ),
    questionIds: tokenizer.encodeQuestion(example.question),
    answerIds: tokenizer.encodeAnswer(example.answer),
  };
}
