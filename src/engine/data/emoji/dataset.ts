import { questionTypes } from '../../recipe/recipe.ts';
import { splitKeys, splitNames } from '../../recipe/splits.ts';
import type { Dataset } from '../dataset.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { canvasSize, composeScene, loadSheets, type FetchSheet, type Sheets } from './pictures.ts';
import { questionForms } from './question-forms.ts';
import { evaluationExamples, trainingExamples } from './questions.ts';
import { promptKey, sceneExampleSchema, sceneOf, toExample } from './scene.ts';

/** Scenes of emoji drawings with generated questions. */
export function emojiDataset(manifest: Manifest, sheets: Sheets): Dataset {
  const known = (tasks: readonly string[]) => tasks.map((task) => oneOf(questionTypes, task));
  return {
    hash: manifest.hash,
    pictureSize: canvasSize,
    concepts: manifest.concepts.filter(({ split }) => split === 'train').length,
    styles: manifest.styles.map(({ key, role }) => ({ key, trainable: role === 'train' })),
    splits: splitKeys.map((key) => ({ key, name: splitNames[key] })),
    exampleSchema: sceneExampleSchema.transform(toExample),
    training: ({ tasks, ...options }) =>
      trainingExamples({ manifest, tasks: known(tasks), ...options }).map(toExample),
    evaluation: ({ split, tasks, count }) =>
      evaluationExamples({ manifest, split: oneOf(splitKeys, split), tasks: known(tasks), count }).map(
        toExample,
      ),
    questions: (tasks) => questionForms(manifest, known(tasks)),
    promptKey,
    pixels: (picture) => composeScene(sceneOf(picture), sheets),
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

/** @throws RangeError where the data set has no such name */
function oneOf<T extends string>(names: readonly T[], name: string): T {
  const found = names.find((candidate) => candidate === name);
  if (found === undefined) throw new RangeError(`the data set has no “${name}”`);
  return found;
}
