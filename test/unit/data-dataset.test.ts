import { describe, expect, it } from 'vitest';
import { exampleKey, sceneOf, toExample } from '../../src/engine/data/emoji/scene.ts';
import { evaluationExamples, trainingExamples } from '../../src/engine/data/emoji/questions.ts';
import { composeScene } from '../../src/engine/data/emoji/pictures.ts';
import { fromRgba, toRgba } from '../../src/engine/data/picture.ts';
import { modelPatches, toPixelValues } from '../../src/engine/data/preprocess.ts';
import { questionTypes } from '../../src/engine/recipe/splits.ts';
import { defaultRecipe } from '../../src/engine/recipe/schema.ts';
import { pictureSplits } from '../../src/engine/recipe/splits.ts';
import { shippedDataset, shippedManifest, shippedSheets } from './data-fixtures.ts';

const manifest = await shippedManifest();
const data = await shippedDataset();
const { styles } = defaultRecipe.data;
const scenes = [
  ...trainingExamples({ manifest, tasks: questionTypes, styles, seed: 5, count: 700 }),
  ...pictureSplits.flatMap((split) =>
    evaluationExamples({ manifest, split, tasks: questionTypes, count: 70 }),
  ),
];

describe('the emoji data set', () => {
  it('gives the generator’s examples in its order', () => {
    expect(data.training({ tasks: questionTypes, styles, seed: 5, count: 700, views: 'plain' })).toEqual(
      scenes.slice(0, 700).map((scene) => toExample(scene)),
    );
    const evaluation = pictureSplits.flatMap((split) =>
      data.evaluation({ split, tasks: questionTypes, count: 70 }),
    );
    expect(evaluation).toEqual(scenes.slice(700).map((scene) => toExample(scene)));
    expect(data.splits.map(({ key }) => key)).toEqual(pictureSplits);
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
    for (const key of [
      '',
      '3:1/noto@0',
      '1:',
      '1:1/noto',
      '2:1/noto@0+',
      '1:1/noto@0~',
      '1:1/noto@0~x',
      'dog',
    ])
      expect(() => data.pictures!.pixels(key)).toThrow(RangeError);
  });

  it('shows the scene that a key spells', async () => {
    const sheets = await shippedSheets(manifest);
    for (const scene of scenes.slice(0, 14)) {
      const picture = data.pictures!.pixels(toExample(scene).picture);
      expect(picture).toEqual(composeScene(scene, sheets));
      expect(picture).toHaveLength(data.pictures!.size ** 2 * 3);
    }
  });

  it('shows every example in a view of its own where that is asked for', () => {
    const of = (views: 'plain' | 'augmented', seed: number) =>
      data.training({ tasks: questionTypes, styles, seed, count: 210, views });
    const [plain, viewed] = [of('plain', 5), of('augmented', 5)];
    expect(viewed.map(({ question, answer }) => [question, answer])).toEqual(
      plain.map(({ question, answer }) => [question, answer]),
    );
    expect(new Set(viewed.map(({ picture }) => picture)).size).toBe(210);
    const same = plain.filter(
      ({ picture }, i) => sceneOf(viewed[i]!.picture!).view === sceneOf(picture!).view,
    );
    expect(same).toHaveLength(0);
    viewed.slice(0, 21).forEach(({ picture }, i) => {
      const pixels = data.pictures!.pixels(picture!);
      // The same on every call, another than the drawing, and still a picture on mostly white paper.
      expect(data.pictures!.pixels(picture!)).toEqual(pixels);
      expect(pixels).not.toEqual(data.pictures!.pixels(plain[i]!.picture!));
      expect(pixels.every((value) => value >= 0 && value <= 1)).toBe(true);
    });
    expect(of('augmented', 6).map(({ picture }) => sceneOf(picture!).view)).not.toEqual(
      viewed.map(({ picture }) => sceneOf(picture!).view),
    );
    const keys = new Set(viewed.map((example) => data.promptKey(example)));
    expect(keys.size).toBe(210);
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
    const uses = {
      train: 'training',
      transfer: 'unlabelled',
      validation: 'evaluation',
      'held-out': 'evaluation',
    };
    for (const { key, use } of data.styles) expect(use).toBe(uses[roles.get(key)!]);
    for (const key of styles) expect(roles.get(key)).toBe('train');
    const refused = { code: 'recipe-invalid', action: expect.stringMatching(/^Choose among/) as string };
    expect(() => data.evaluation({ split: 'held-out-text', tasks: ['name'], count: 8 })).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => data.questions(['name', 'which'])).toThrow(expect.objectContaining(refused));
  });
});

describe('pictures', () => {
  const picture = data.pictures!.pixels(toExample(scenes[3]!).picture);

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
    const preprocessor = { imageMean: [0.1, 0.2, 0.3], imageStd: [1, 2, 4], filter: 'box' as const };
    const [imageSize, patchSize] = [32, 8];
    const model = {
      config: { vision: { imageSize, patchSize }, grid: 1 },
      checkpoint: { preprocessor },
    };
    const white = new Float32Array(picture.length).fill(1);
    const patches = modelPatches(model, [white, picture]);
    const pixels = toPixelValues(picture, imageSize, preprocessor);
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
