import './fresh-store.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordToJson } from '../../src/engine/run/record-json.ts';
import { writeBundle } from '../../src/store/files/bundle.ts';
import { readLines } from '../../src/store/files/class-lines.ts';
import { classResult } from '../../src/store/files/class-result.ts';
import { addFiles, addLines, classCsv } from '../../src/store/files/class-table.ts';
import { hasResult } from '../../src/store/files/run-files.ts';
import { useStore } from '../../src/store/store.ts';
import { groupsOf } from '../../src/panels/class/groups.ts';
import { liveEvents, recipe, recorded } from './run-fixtures.ts';

const record = (id: string, seed = 1, events = liveEvents(recipe({ seed }))) => recorded(events, id);
const line = async (id: string, seed?: number) => JSON.stringify(await classResult(record(id, seed)));
const state = useStore.getState;

beforeEach(() => useStore.setState(useStore.getInitialState(), true));

describe('a result as a line', () => {
  it('holds what a table needs, and is short', async () => {
    const result = await classResult(record('a', 7));
    expect(result).toMatchObject({
      format: 'genrecal-result',
      version: 1,
      id: 'a',
      pair: 'nano',
      seed: 7,
      steps: 8,
      questions: 8,
      before: 0.25,
      arms: [{ key: 'main' }, { key: 'sft', label: 'SFT control' }],
    });
    expect(result.name).not.toContain('seed');
    expect(JSON.stringify(result).length).toBeLessThan(700);
    // Laptops of one recipe belong together whatever their seeds; of another, they do not.
    expect((await classResult(record('b', 8))).recipe).toBe(result.recipe);
    const other = recipe({ loss: { temperature: 2 } });
    expect((await classResult(record('c', 1, liveEvents(other)))).recipe).not.toBe(result.recipe);
  });

  it('is none where the run did not come to its end', async () => {
    const cut = record('cut', 1, liveEvents().slice(0, 14));
    await expect(classResult(cut)).rejects.toMatchObject({
      message: expect.stringMatching(/did not come to its end: it stands at step \d/) as string,
    });
  });

  it('is offered for runs of this browser, and not for the one that came with the page', () => {
    const { run } = state();
    const summary = {} as NonNullable<typeof run.summary>;
    const replay = (kind: 'recorded' | 'earlier') =>
      ({ kind }) as NonNullable<ReturnType<typeof state>['replay']>;
    expect(hasResult({ run, replay: undefined })).toBe(false);
    expect(hasResult({ run: { ...run, summary }, replay: undefined })).toBe(true);
    expect(hasResult({ run: { ...run, summary }, replay: replay('earlier') })).toBe(true);
    expect(hasResult({ run: { ...run, summary }, replay: replay('recorded') })).toBe(false);
  });
});

/** As the first page with a class table wrote it: every later one reads it. */
const first =
  '{"format":"genrecal-result","version":1,"id":"recorded-default","name":"Few labels, mini pair","recipe":"4d41b63f4dee","pair":"mini","seed":1,"adapter":"NVIDIA: 580.159.04 580.159.4.0","startedAt":"2026-11-26T22:20:45.467Z","steps":800,"split":"held-out-style","questions":480,"teacher":0.7875,"before":0.2646,"arms":[{"key":"main","label":"GenRecal","after":0.6979},{"key":"labels-alone","label":"SFT, labels alone","after":0.4021},{"key":"sft","label":"SFT, same answers","after":0.6896}]}';

describe('pasted results', () => {
  it('of the first version are read as they were', () => {
    const { entries, faults } = readLines(first);
    expect(entries).toEqual([{ who: undefined, result: JSON.parse(first) as unknown }]);
    expect(faults).toEqual([]);
  });

  it('come with names, curly quotes and broken lines, and what is none is named', async () => {
    const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((id) => line(id)));
    const curly = c!.replaceAll('"', '”');
    const wrapped = d!.replaceAll(', ', ',\n  ').replace(' (', '\n (');
    const { entries, faults } = readLines(
      [`Anna & Ben: ${a}`, 'hello there', `> ${b} ${curly}`, '', wrapped, '-- '].join('\r\n'),
    );
    expect(entries.map(({ who, result }) => [who, result.id])).toEqual([
      ['Anna & Ben', 'a'],
      [undefined, 'b'],
      [undefined, 'c'],
      [undefined, 'd'],
    ]);
    expect(faults).toEqual(['Line 2 is no result: “hello there”.']);
  });

  it('are refused one by one where they are cut, changed or of a newer page', async () => {
    const whole = await line('a');
    const { entries, faults } = readLines(
      [
        whole.slice(0, 120),
        `Cem: ${whole}`,
        whole.replace('"version":1', '"version":2'),
        whole.replace('"before":0.25', '"before":25'),
      ].join('\n'),
    );
    expect(entries).toMatchObject([{ who: 'Cem', result: { id: 'a' } }]);
    expect(faults).toEqual([
      'Line 1 is cut short: copy that result again.',
      'Line 3: The result was made by a newer version of this page. Reload the page to get that version.',
      'Line 4: The result is damaged: before is more than 1. Copy the result again on that laptop.',
    ]);
  });
});

describe('the class table', () => {
  it('takes lines and files, each run once', async () => {
    addLines(`Anna: ${await line('a', 1)}\n${await line('b', 2)}`);
    const bundle = await writeBundle({ record: record('c', 3), state: undefined, student: undefined });
    const json = JSON.stringify(recordToJson(record('a', 1)));
    await addFiles([
      new File([bundle], 'Cem.zip'),
      new File([json], 'again.json'),
      new File([`Dora: ${await line('d', 4)}`], 'list.txt'),
      new File(['PK nonsense'], 'broken.zip'),
      new File([JSON.stringify(recordToJson(record('e', 5, liveEvents().slice(0, 14))))], 'half.json'),
    ]);
    expect(state().classEntries.map(({ who, result }) => [who, result.seed])).toEqual([
      ['Anna', 1],
      [undefined, 2],
      ['Cem', 3],
      ['Dora', 4],
    ]);
    expect(state().classFaults).toEqual([
      expect.stringMatching(/^“broken.zip”: The bundle cannot be opened/),
      expect.stringMatching(/^“half.json”: The run did not come to its end/),
      'again is the same run as Anna: it counts once.',
    ]);
  });

  it('has one group a recipe, with means, bands over laptops and differences laptop by laptop', async () => {
    const results = await Promise.all(
      [0.5, 0.6, 0.7].map(async (after, i) => {
        const result = await classResult(record(`r${i}`, i + 1));
        const arms = [
          { ...result.arms[0]!, after },
          { ...result.arms[1]!, after: after - 0.1 },
        ];
        return { who: undefined, result: { ...result, arms } };
      }),
    );
    const other = await classResult(record('x', 1, liveEvents(recipe({ loss: { temperature: 2 } }))));
    const [group, single] = groupsOf([{ who: undefined, result: other }, ...results]);
    expect(group!.rows.map(({ key }) => key)).toEqual(['before', 'main', 'sft', 'teacher']);
    const own = group!.rows[1]!;
    expect(own.mean).toBeCloseTo(0.6, 12);
    expect(own.band!.low).toBeCloseTo(0.5, 12);
    expect(own.band!.high).toBeCloseTo(0.7, 12);
    expect(group!.says).toContain('GenRecal minus SFT control: +10.0 points (+10.0 to +10.0).');
    expect(group!.says.join()).not.toMatch(/same seed/);
    expect(group!.says).toContain('3 laptops are too few for their bands to tell anything from chance.');
    expect(single!.says.join()).not.toMatch(/too few/);
    const six = [...results, ...results].map(({ result }, i) => ({
      who: undefined,
      result: { ...result, seed: i },
    }));
    expect(groupsOf(six)[0]!.says.join()).not.toMatch(/too few|changed/);
    // Laptops of one kind with one seed measure the same thing.
    const twins = six.map(({ result }, i) => ({
      who: undefined,
      result: { ...result, seed: i % 3, ...(i === 0 && { changed: true as const }) },
    }));
    expect(groupsOf(twins)[0]!.says).toEqual(
      expect.arrayContaining([
        'The 6 laptops have 3 different seeds: too few for their bands to tell anything from chance.',
        '1 laptop changed the recipe on the way, and counts all the same.',
      ]),
    );
    expect(single!.rows[1]!.band).toBeUndefined();
    const sameSeed = results.map(({ result }) => ({ who: undefined, result: { ...result, seed: 1 } }));
    expect(groupsOf(sameSeed)[0]!.says.join()).toMatch(/All have the same seed/);
  });

  it('becomes a CSV with one line a laptop and student', async () => {
    const csv = classCsv([{ who: '=Anna', result: await classResult(record('a', 7)) }]);
    const [header, main, sft, end] = csv.split('\r\n');
    expect(header).toMatch(/^\uFEFFwho,run_id,.*arm,arm_label,accuracy_after$/);
    expect(main).toMatch(/^'=Anna,a,.*,7,.*,main,GenRecal,/);
    expect(sft).toMatch(/,sft,SFT control,/);
    expect(end).toBe('');
  });
});
