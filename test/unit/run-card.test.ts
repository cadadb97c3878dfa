import { describe, expect, it } from 'vitest';
import { evaluations } from '../../src/store/kept/run-row.ts';
import { runCard } from '../../src/panels/card/run-card.ts';
import { bibtex } from '../../src/panels/cite/bibtex.ts';
import { liveEvents, recorded } from './run-fixtures.ts';

const record = recorded(liveEvents(), 'done');
const facts = {
  title: 'Nano <quick> & look',
  recipe: 'nano · GenRecal · '.repeat(30),
  split: 'validation style',
  arms: [
    { key: 'main', label: 'GenRecal' },
    { key: 'sft', label: 'SFT control with a name that is far too long for its column' },
  ],
  evaluations: evaluations(record),
  step: 8,
  totalSteps: 8,
  adapter: 'A graphics card',
  startedAt: '2026-11-27T01:00:00.000Z',
  seeds: 1,
  changedAfter: [],
  link: 'https://example.org/#preset=nano-quick',
};
const texts = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map(([, text]) => text!.replaceAll(/<[^>]*>/g, ''));

describe('the card of a run', () => {
  it('tells title, recipe, scores with bands, adapter, date and link', () => {
    const svg = runCard(facts, (name) => name);
    const all = texts(svg);
    expect(all).toEqual(
      expect.arrayContaining([
        'Nano &#60;quick&#62; &#38; look',
        'Teacher',
        'GenRecal',
        'Student before',
        '8 steps on A graphics card, 2026-11-27',
        facts.link,
      ]),
    );
    // What was asked is never called something else.
    expect(svg).toContain('exact match, validation style');
    expect(all.find((text) => text.startsWith('25.0\u00a0%'))).toMatch(/^25\.0\s%\(\d+\.\d–\d+\.\d\)$/);
    expect(all.find((text) => text.startsWith('SFT control'))).toMatch(/^.{25}…$/);
    expect(all.filter((text) => text.startsWith('nano · GenRecal ·'))).toHaveLength(1);
    // Curves and their bands, of both arms, from the untouched student on.
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg.match(/<polygon/g)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
    // Bands are of what was drawn again and again.
    expect(svg).toContain('bands: 95 % of resampled questions; one seed');
    expect(svg).not.toContain('changed by hand');
    const other = runCard({ ...facts, seeds: 5, changedAfter: [3, 7] }, (name) => name);
    expect(other).toContain(
      'bands: 95 % of resampled questions and 5 seeds · changed by hand after step 3, 7',
    );
  });

  it('says where a run stands that is not at its end, without bands of final scores', () => {
    const half = facts.evaluations.filter(({ final, step }) => !final && step <= 4);
    const svg = runCard({ ...facts, evaluations: half, step: 4 }, (name) => name);
    expect(texts(svg).join(' ')).toMatch(/step 4 of 8/);
    expect(svg).not.toMatch(/\(\d+\.\d–\d/);
    expect(runCard({ ...facts, evaluations: [], step: 0 }, (name) => name)).not.toContain('NaN');
  });
});

describe('the citation', () => {
  it('is BibTeX whose braces close', () => {
    expect(bibtex).toMatch(/^@misc\{\w+,\n/);
    expect(bibtex.split('{').length).toBe(bibtex.split('}').length);
    expect(bibtex).toContain('2506.15681');
  });
});
