import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Example } from '../../src/engine/data/example.ts';
import { textDataset } from '../../src/engine/data/text/dataset.ts';
import { parseWords } from '../../src/engine/data/text/words.ts';
import { loadTokenizer } from '../../src/engine/models/tokenizers/tokenizer.ts';
import { textQuestionTypes } from '../../src/engine/recipe/splits.ts';
import { textSplits } from '../../src/engine/recipe/splits.ts';

/** Writes what pretraining of the pair without pictures reads into build/pretrain/text: questions with token ids, for each of its tokenizers. */
const out = 'build/pretrain/text';
/** Students learn from those about the things they know: one in nine of the lists of things. */
const trainingCount = 240_000;
const evaluationCount = 480;

const readJson = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as unknown;
const data = textDataset(parseWords(await readJson('public/data/text.json')));
const tasks = textQuestionTypes;
const training = data.training({ tasks, styles: [], seed: 1234, count: trainingCount, views: 'plain' });
const vocab: Record<string, object> = {};

await mkdir(out, { recursive: true });
for (const [name, family] of [
  ['text-bpe', 'qwen3'],
  ['text-wordpiece', 'llama'],
] as const) {
  const folder = path.join('build/tokenizers', `${name}-${family}`);
  const tokenizer = loadTokenizer(
    {
      tokenizerJson: await readJson(path.join(folder, 'tokenizer.json')),
      tokenizerConfig: await readJson(path.join(folder, 'tokenizer_config.json')),
    },
    { family },
  );
  const line = (example: Example) =>
    `${JSON.stringify({
      ...example,
      questionIds: tokenizer.encodeQuestion(example.question),
      answerIds: tokenizer.encodeAnswer(example.answer),
    })}\n`;
  const { vocabularySize, padId, eosId } = tokenizer;
  vocab[name] = { vocabularySize, padId, eosId, bosId: tokenizer.encodeQuestion('')[0] };
  await writeFile(path.join(out, `examples-${name}.jsonl.gz`), gzipSync(training.map(line).join('')));
  for (const split of textSplits) {
    const examples = data.evaluation({ split, tasks, count: evaluationCount });
    await writeFile(path.join(out, `eval-${split}-${name}.jsonl`), examples.map(line).join(''));
    console.log(`${name} ${split}: ${examples.length}`);
  }
}
await writeFile(path.join(out, 'vocab.json'), JSON.stringify({ dataHash: data.hash, ...vocab }, null, 1));
