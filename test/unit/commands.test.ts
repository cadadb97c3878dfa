import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import { usualVariant } from '../../src/engine/device/variant.ts';
import { presets } from '../../src/engine/recipe/presets.ts';
import { latestLosses } from '../../src/panels/learn/latest.ts';
import { commandsFor } from '../../src/panels/palette/commands.ts';
import { shortcuts } from '../../src/panels/palette/shortcuts.ts';
import { stops } from '../../src/panels/tour/stops.ts';
import type { Replay } from '../../src/store/slices/replay-slice.ts';
import type { RunRow } from '../../src/store/slices/runs-slice.ts';
import { useStore } from '../../src/store/store.ts';
import { readView, withView } from '../../src/store/address/view-link.ts';
import { pageParts, shows } from '../../src/store/slices/view-slice.ts';

const initial = useStore.getState();
const colours = { scheme: 'light' as const, set: () => undefined };
const ids = () => commandsFor(useStore.getState(), colours).map(({ id }) => id);
const during = (phase: 'idle' | 'running' | 'paused') =>
  useStore.setState({ run: { ...initial.run, phase }, load: { status: 'ready', pair: 'mini' } });

beforeEach(() => {
  useStore.setState(initial, true);
  useStore.setState({
    device: {
      status: 'ready',
      report: {
        adapter: '',
        vendor: '',
        architecture: '',
        software: false,
        features: [],
        variant: usualVariant({ software: false, adapter: '' }),
        maxBufferBytes: 0,
      },
    },
  });
});

describe('commands', () => {
  it('are those that can be done now', () => {
    expect(ids()).not.toContain('run');
    during('idle');
    expect(ids()).toEqual(expect.arrayContaining(['run', 'preset-nano-quick', 'learn', 'projector']));
    expect(ids().filter((id) => ['pause', 'resume', 'step', 'stop'].includes(id))).toEqual([]);
    during('running');
    expect(ids()).toEqual(expect.arrayContaining(['pause', 'step', 'stop']));
    expect(ids().some((id) => /^(run|resume|preset-.*|pair-.*)$/.test(id))).toBe(false);
    during('paused');
    expect(ids()).toEqual(expect.arrayContaining(['resume', 'step', 'stop']));
  });

  it('show no drawing of what a class is to guess', () => {
    during('idle');
    expect(ids()).toContain('slow-step');
    useStore.setState({ draft: { ...initial.draft, blind: true } });
    expect(ids()).not.toContain('slow-step');
  });

  it('name every preset but the chosen one', () => {
    during('idle');
    const offered = presets.map(({ key }) => `preset-${key}`).filter((id) => ids().includes(id));
    expect(offered).toEqual(presets.slice(1).map(({ key }) => `preset-${key}`));
  });

  it('have names of their own, and do what they say', () => {
    const labels = commandsFor(useStore.getState(), colours).map(({ label }) => label);
    expect(new Set(labels).size).toBe(labels.length);
    const perform = (id: string) =>
      commandsFor(useStore.getState(), colours)
        .find((command) => command.id === id)!
        .run();
    perform('log-axes');
    perform('inside');
    perform('learn');
    expect(useStore.getState()).toMatchObject({
      curves: { logValues: true },
      explain: 'inside',
      learnOpen: true,
    });
    perform('tour');
    expect(useStore.getState()).toMatchObject({ touring: true, learnOpen: false });
    // Of the same pair: nothing can be loaded here.
    const visited: string[] = [];
    vi.stubGlobal('window', {
      location: { href: 'http://here/', hash: '' },
      history: {
        replaceState: () => undefined,
        pushState: (_state: unknown, _title: string, address: string) => visited.push(address),
      },
    });
    perform('preset-all-labels');
    expect(useStore.getState()).toMatchObject({ draft: { data: { labelled: 0 } }, presetTaken: true });
    // What “Back” takes back.
    expect(visited).toEqual([expect.stringMatching(/^http:..here.#preset=all-labels/)]);
    useStore.getState().setField('seed', 2);
    expect(useStore.getState().presetTaken).toBe(false);
    vi.unstubAllGlobals();
  });

  it('reach what is folded away in other views, where it can be done', () => {
    const folded = ['ask', 'camera', 'sweep', 'slow-step', 'save-run', 'export-runs'];
    const offered = () => folded.filter((id) => ids().includes(id));
    during('idle');
    expect(offered()).toEqual(['ask', 'camera', 'sweep', 'slow-step']);
    during('running');
    const row = { id: 'run 1' } as unknown as RunRow;
    useStore.setState({ runs: [row], present: { id: 'run 1' } as never });
    expect(offered()).toEqual(['ask', 'camera', 'slow-step', 'save-run', 'export-runs']);
    commandsFor(useStore.getState(), colours)
      .find(({ id }) => id === 'camera')!
      .run();
    expect(useStore.getState()).toMatchObject({ explain: 'answers', asking: true, wish: 'camera' });
    // A pair without pictures is asked in words.
    useStore.getState().setField('evaluation.split', 'held-out-text');
    expect(offered()).not.toContain('camera');
  });

  it('save the run that is shown, and while the one that came with the page plays none', () => {
    during('running');
    useStore.setState({ runs: [{ id: 'run 1' } as unknown as RunRow], present: { id: 'run 1' } as never });
    expect(ids()).toContain('save-run');
    useStore.setState({ replay: { kind: 'recorded' } as unknown as Replay });
    expect(ids()).not.toContain('save-run');
  });

  it('leave an embedded page no way to what it does not show', () => {
    during('idle');
    useStore.setState({ view: 'embed', hidden: ['curves', 'answers'] });
    expect(
      ids().filter((id) => ['learn', 'tour', 'projector', 'log-axes', 'smoothing', 'inside'].includes(id)),
    ).toEqual([]);
  });

  it('stand behind every key, and no key stands for two', () => {
    const known = new Set(
      (['idle', 'running', 'paused'] as const).flatMap((phase) => {
        during(phase);
        return ids();
      }),
    );
    for (const { commands, label } of shortcuts)
      expect(
        commands.filter((id) => !known.has(id)),
        label,
      ).toEqual([]);
    const hotkeys = shortcuts.flatMap((shortcut) => shortcut.hotkeys);
    expect(new Set(hotkeys).size).toBe(hotkeys.length);
  });
});

describe('the view', () => {
  it('is read from the address, and what no page has is named', () => {
    expect(readView('')).toEqual({ view: 'full', hidden: [], unknown: [] });
    expect(readView('?view=embed&hide=answers,result')).toEqual({
      view: 'embed',
      hidden: ['result', 'answers'],
      unknown: [],
    });
    expect(readView('?view=cinema&hide=clock,,recipe')).toEqual({
      view: 'full',
      hidden: ['recipe'],
      unknown: ['view=cinema', 'hide=clock'],
    });
  });

  it('goes into the address beside what else is there', () => {
    expect(withView('', 'projector')).toBe('?view=projector');
    expect(withView('?hide=result&view=projector', 'full')).toBe('?hide=result');
    expect(withView('?view=projector', 'full')).toBe('');
  });

  it('decides which parts of the page are shown', () => {
    const shown = (view: 'full' | 'projector' | 'embed') =>
      pageParts.filter((part) => shows({ view, hidden: ['result'] }, part));
    expect(shown('full')).toEqual(['header', 'pair', 'run', 'recipe', 'curves', 'answers']);
    expect(shown('projector')).not.toContain('recipe');
    expect(shown('embed')).toEqual(['run', 'curves', 'answers']);
  });
});

describe('the tour', () => {
  it('has a minute’s worth of stops', () => {
    expect(stops.length).toBeGreaterThanOrEqual(6);
    const words = stops.reduce((sum, { text }) => sum + text.split(' ').length, 0);
    // 250 words a minute.
    expect(words).toBeLessThan(250);
  });
});

describe('numbers in the explanation', () => {
  const entry = (arm: string, step: number, stage: StepMetrics['stage'], losses: StepMetrics['losses']) => ({
    arm,
    step,
    stage,
    losses,
    gradientNorm: 0,
    learningRate: 0,
  });

  it('are the recipe’s own arm’s, the last that each stage had', () => {
    expect(latestLosses([])).toEqual({});
    const seeds = [1, 2].map((seed) => ({ ...entry('main', 1, 'align', { total: seed }), seed }));
    expect(latestLosses(seeds, 1)).toEqual({ total: { value: 1, step: 1 } });
    expect(
      latestLosses([
        entry('main', 1, 'align', { total: 9, mainKl: 4, regKl: 3 }),
        entry('main', 2, 'align', { total: 8, mainKl: 3, regKl: 2 }),
        entry('main', 3, 'distil', { total: 7, mainKl: 2, sft: 5 }),
        entry('sft', 3, 'distil', { total: 1, sft: 1 }),
        entry('main', 4, 'finetune', { total: 6, sft: 4 }),
        entry('sft', 4, 'finetune', { total: 1, sft: 1 }),
      ]),
    ).toEqual({
      total: { value: 6, step: 4 },
      sft: { value: 4, step: 4 },
      mainKl: { value: 2, step: 3 },
      regKl: { value: 2, step: 2 },
    });
  });
});
