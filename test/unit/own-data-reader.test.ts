import { describe, expect, it } from 'vitest';
import { aboutOwnData } from '../../src/engine/data/own/about-own-data.ts';
import { Exam } from '../../src/engine/experiment/exam.ts';
import { Rehearsal } from '../../src/engine/experiment/rehearsal.ts';
import type { OwnFile } from '../../src/engine/own-file.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { openSession } from '../../src/engine/session.ts';
import { thumbnailOf } from '../../src/engine/data/picture-of.ts';
import { decodePicture } from '../../src/node/decode-picture.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { sessionFor } from '../../src/worker/loaded-pair.ts';
import { OwnDataReader } from '../../src/worker/own/own-data-reader.ts';
import { bandOf, doubts } from '../../src/panels/own-data/doubts.ts';
import { ownPictures } from '../own-pictures.ts';
import { loaded } from './loaded.ts';

/** A person's pictures as the engine's worker reads them, for a pair that is loaded. */
const context = loaded('nano');
const nothing = () => undefined;
const named = (files: Record<string, Uint8Array>): OwnFile[] =>
  Object.entries(files).map(([path, bytes]) => ({
    path: `mine/${path}`,
    file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
  }));

describe('a person’s pictures in the worker', () => {
  it('are shown before they are taken, with what to expect of them', async () => {
    const strange = '{"file_name": "things/001.png", "question": "Whose?", "answer": "Ǆorđe’s."}';
    const { files } = await ownPictures(60, [strange, '{broken']);
    const seen = await new OwnDataReader(decodePicture).look(named(files), true, context.session, nothing);
    expect(seen.report.key).toMatch(/^mine@[0-9a-f]{12}$/);
    expect(seen.report.bad).toEqual([
      { file: 'mine/metadata.jsonl', line: 62, reason: 'The line is not JSON.' },
    ]);
    expect(seen.samples).toHaveLength(10);
    expect(seen.samples[0]!.pixels!.length).toBe(4 * 64 ** 2);
    expect(seen.unspelled!.student).toEqual({ answers: 1, words: ['Ǆorđe’s.'] });
    const told = doubts(seen);
    expect(told[0]).toMatch(/^\d+ held-out questions tell little: .* ±\d+ points only/);
    expect(told[1]).toContain('The student’s tokenizer has no tokens for words of 1 answers');
    expect(bandOf(100)).toBeCloseTo(9.8);
    // Before a pair is loaded nobody knows what it can spell.
    const before = await new OwnDataReader(decodePicture).look(named(files), true, undefined, nothing);
    expect(before.unspelled).toBeUndefined();
    expect(before.report).toEqual(seen.report);
  });

  it('take the place of the built-in ones in a session, and are read once', async () => {
    const { files } = await ownPictures(60);
    let read = 0;
    const reader = new OwnDataReader((...picture) => {
      read++;
      return decodePicture(...picture);
    });
    const { session } = context;
    const { report } = await reader.look(named(files), true, session, nothing);
    const { pictures } = report.sides.training;
    const all = pictures + report.sides.validation.pictures + report.sides['held-out'].pictures;
    expect(read).toBe(all);
    const open = async (key: string, chosen: OwnFile[] | undefined) =>
      openSession(
        {
          source: folderSource('public'),
          device: context.device,
          data: (...given) => reader.open({ key, files: chosen }, ...given),
        },
        'nano',
      );
    const own = await open(report.key, named(files));
    expect(read).toBe(all);
    const recipe = aboutOwnData(
      recipeSchema.parse({ pair: 'nano', arms: [], data: { batchSize: 4 } }),
      report,
    );
    expect(sessionFor(recipe, own)).toBe(own);
    expect(() => sessionFor(recipe, session)).toThrow('Other data are loaded');
    expect(() => sessionFor(recipeSchema.parse({ pair: 'nano' }), own)).toThrow('Other data are loaded');
    expect(new Exam(own, recipe).counts().whole).toBe(report.sides['held-out'].questions);
    expect(new Rehearsal(own, recipe).gpuBytes).toBeGreaterThan(0);

    await expect(open(report.key, undefined)).rejects.toMatchObject({
      code: 'recipe-invalid',
      action: expect.stringContaining('Open them again') as string,
    });
    const other = await ownPictures(59);
    await expect(open('else@0123456789ab', named(other.files))).rejects.toMatchObject({
      code: 'file-corrupt',
    });
  });

  it('are shown no larger than a person needs, however many pixels the models read', () => {
    const pictures = (size: number) => ({
      size,
      pixels: () => new Float32Array(size ** 2 * 3).fill(0.5),
    });
    expect(thumbnailOf(pictures(64), 'a').length).toBe(4 * 64 ** 2);
    const large = thumbnailOf(pictures(512), 'a');
    expect(large.length).toBe(4 * 128 ** 2);
    expect([...large.subarray(0, 4)]).toEqual([128, 128, 128, 255]);
  });
});
