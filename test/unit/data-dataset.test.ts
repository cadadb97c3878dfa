import { describe, expect, it } from 'vitest';
import { exampleKey, sceneOf, toExample } from '../../src/engine/data/emoji/scene.ts';
import { evaluationExamples, trainingExamples } from '../../src/engine/data/emoji/questions.ts';
import { composeScene } from '../../src/engine/data/emoji/pictures.ts';
import { fromRgba, toRgba } from '../../src/engine/data/picture.ts';
import { modelPatches, toPixelValues } from '../../src/engine/data/preprocess.ts';
import { questionTypes } from '../../src/engine/recipe/recipe.ts';
import { defaultRecipe } from '../../src/engine/recipe/schema.ts';
import { splitKeys } from '../../src/engine/recipe/splits.ts';
import { shippedDataset, shippedManifest, shippedSheets } from './data-fixtures.ts';

const manifest = await shippedManifest();
const data = await shippedDataset();
const { styles } = defaultRecipe.data;
const scenes = [
  ...trainingExamples({ manifest, tasks: questionTypes, styles, seed: 5, count: 700 }),
  ...splitKeys.flatMap((split) => evaluationExamples({ manifest, split, tasks: questionTypes, count: 70 })),
];

describe('the emoji data set', () => {
  it('gives the generator’s examples in its order', () => {
    expect(data.training({ tasks: questionTypes, styles, seed: 5, count: 700 })).toEqual(
      scenes.slice(0, 700).map(toExample),
    );
    const evaluation = splitKeys.flatMap((split) =>
      data.evaluation({ split, tasks: questionTypes, count: 70 }),
    );
    expect(evaluation).toEqual(scenes.slice(700).map(toExample));
    expect(data.splits.map(({ key }) => key)).toEqual(splitKeys);
  });

  it('spells scenes in its pictures’ keys, each its own', () => {
    const byKey = new Map<string, string>();
    for (const scene of scenes) {
      const { grid, placements } = scene;
      const { picture } = toExample(scene);
      expect(sceneOf(picture)).toEqual({ grid, placements });
      const text = JSON.stringify([grid, placements]);
      expect(byKey.get(picture) ?? text).toBe(text);
      byKey.set(picture, text);
    }
    expect(new Set(byKey.values()).size).toBe(byKey.size);
    for (const key of ['', '3:1/noto@0', '1:', '1:1/noto', '2:1/noto@0+', 'dog'])
      expect(() => data.pixels(key)).toThrow(RangeError);
  });

  it('shows the scene that a key spells', async () => {
    const sheets = await shippedSheets(manifest);
    for (const scene of scenes.slice(0, 14)) {
      const picture = data.pixels(toExample(scene).picture);
      expect(picture).toEqual(composeScene(scene, sheets));
      expect(picture).toHaveLength(data.pictureSize ** 2 * 3);
    }
  });

  it('knows a question by its picture and words, whatever its answer', () => {
    for (const scene of scenes) {
      const key = exampleKey({ ...scene, answer: '' });
      expect(data.promptKey(toExample(scene))).toBe(key);
      expect(data.promptKey({ ...toExample(scene), answer: 'Another.' })).toBe(key);
    }
  });

  it('reads examples of files, and no others', () => {
    expect(data.exampleSchema.parse(scenes[3])).toEqual(toExample(scenes[3]!));
    expect(data.exampleSchema.safeParse({ ...scenes[3], grid: 3 }).success).toBe(false);
    expect(data.exampleSchema.safeParse(toExample(scenes[3]!)).success).toBe(false);
  });

  it('says which styles may be trained on, and refuses names it does not have', () => {
    const roles = new Map(manifest.styles.map(({ key, role }) => [key, role]));
    for (const { key, trainable } of data.styles) expect(trainable).toBe(roles.get(key) === 'train');
    expect(styles.every((key) => data.styles.some((style) => style.key === key && style.trainable))).toBe(
      true,
    );
    expect(() => data.evaluation({ split: 'other', tasks: ['name'], count: 8 })).toThrow(RangeError);
    expect(() => data.questions(['name', 'other'])).toThrow(RangeError);
  });
});

describe('pictures', () => {
  const picture = data.pixels(toExample(scenes[3]!).picture);

  it('come back from what is shown to a person', () => {
    const bytes = toRgba(picture);
    expect(bytes.filter((_, i) => i % 4 === 3).every((opacity) => opacity === 255)).toBe(true);
    fromRgba(bytes).forEach((value, i) =>
      expect(Math.abs(value - picture[i]!)).toBeLessThan(0.5 / 255 + 1e-6),
    );
    expect([...fromRgba(Uint8ClampedArray.of(0, 0, 0, 0, 51, 0, 255, 255))]).toEqual([
      1,
      1,
      1,
      Math.fround(0.2),
      0,
      1,
    ]);
  });

  it('are cut into patches, channel by channel', () => {
    const [imageMean, imageStd] = [
      [0.1, 0.2, 0.3],
      [1, 2, 4],
    ];
    const [imageSize, patchSize] = [32, 8];
    const model = {
      config: { vision: { imageSize, patchSize } },
      checkpoint: { preprocessor: { imageMean, imageStd } },
    };
    const white = new Float32Array(picture.length).fill(1);
    const patches = modelPatches(model, [white, picture]);
    const pixels = toPixelValues(picture, imageSize, imageMean, imageStd);
    const width = 3 * patchSize * patchSize;
    expect(patches).toHaveLength(2 * 16 * width);
    for (const [py, px, c, y, x] of [
      [0, 0, 0, 0, 0],
      [1, 2, 1, 3, 5],
      [3, 3, 2, 7, 7],
    ] as const)
      expect(patches[(16 + py * 4 + px) * width + (c * patchSize + y) * patchSize + x]).toBe(
        pixels[((py * patchSize + y) * imageSize + px * patchSize + x) * 3 + c],
      );
    expect(patches[width - 1]).toBeCloseTo((1 - 0.3) / 4, 6);
  });
});
