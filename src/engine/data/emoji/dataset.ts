import { questionTypes } from '../../recipe/splits.ts';
import { pictureSplits, splitNames } from '../../recipe/splits.ts';
import type { Dataset, StyleUse } from '../dataset.ts';
import { oneOf } from '../one-of.ts';
import { parseManifest, type Manifest, type StyleRole } from './manifest.ts';
import { canvasSize, composeScene, loadSheets, type FetchSheet, type Sheets } from './pictures.ts';
import { questionForms } from './question-forms.ts';
import { evaluationExamples, trainingExamples } from './questions.ts';
import { viewSeed } from '../views.ts';
import { promptKey, sceneExampleSchema, sceneOf, toExample } from './scene.ts';

const uses: Readonly<Record<StyleRole, StyleUse>> = {
  train: 'training',
  transfer: 'unlabelled',
  validation: 'evaluation',
  'held-out': 'evaluation',
};

/** Scenes of emoji drawings with generated questions. */
export function emojiDataset(manifest: Manifest, sheets: Sheets): Dataset {
  const known = (tasks: readonly string[]) => tasks.map((task) => oneOf(questionTypes, 'kind', task));
  return {
    hash: manifest.hash,
    pictures: { size: canvasSize, pixels: (picture) => composeScene(sceneOf(picture), sheets) },
    concepts: manifest.concepts.filter(({ split }) => split === 'train').length,
    styles: manifest.styles.map(({ key, role }) => ({ key, use: uses[role] })),
    splits: pictureSplits.map((key) => ({ key, name: splitNames[key] })),
    exampleSchema: sceneExampleSchema.transform((example) => toExample(example)),
    training: ({ tasks, views, ...options }) =>
      trainingExamples({ manifest, tasks: known(tasks), ...options }).map((example, i) =>
        toExample(example, views === 'augmented' ? viewSeed(options.seed, i) : undefined),
      ),
    evaluation: ({ split, tasks, count }) =>
      evaluationExamples({
        manifest,
        split: oneOf(pictureSplits, 'split', split),
        tasks: known(tasks),
        count,
      }).map((example) => toExample(example)),
    questions: (tasks) => questionForms(manifest, known(tasks)),
    promptKey,
  };
}

/**
 * Reads the manifest and loads every sheet it names.
 * @throws EngineError `data-invalid` for the manifest, `file-corrupt` for a sheet, and those of `fetchSheet`
 */
export async function loadEmojiDataset(
  json: unknown,
  fetchSheet: FetchSheet,
  onProgress?: (event: { file: string; loadedBytes: number; totalBytes: number }) => void,
): Promise<Dataset> {
  const manifest = parseManifest(json);
  const totalBytes = manifest.styles.reduce((sum, style) => sum + style.bytes, 0);
  const loaded = new Map<string, number>();
  const sheets = await loadSheets(manifest, (sheet, options) =>
    fetchSheet(sheet, {
      ...options,
      onBytes: (bytes) => {
        loaded.set(sheet, bytes);
        const loadedBytes = [...loaded.values()].reduce((a, b) => a + b, 0);
        onProgress?.({ file: sheet, loadedBytes, totalBytes });
      },
    }),
  );
  return emojiDataset(manifest, sheets);
}
