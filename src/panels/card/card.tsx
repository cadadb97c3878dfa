import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { presetOf } from '../../engine/recipe/presets.ts';
import { runName } from '../../engine/recipe/run-name.ts';
import { splitOf } from '../../engine/recipe/splits.ts';
import { linkTo } from '../../store/address/room-link.ts';
import { download } from '../../store/files/download.ts';
import { asRevealed } from '../../store/files/revealed-record.ts';
import { recordShown } from '../../store/files/run-files.ts';
import { useStore } from '../../store/store.ts';
import { inLight, svgPng, svgUrl } from '../lib/svg-picture.ts';
import classes from './card.module.css';
import { cardSize, runCard, type CardFacts } from './run-card.ts';

/** The run on the page as one picture for a slide or a paper. */
export default function Card() {
  const facts = useMemo(() => shownFacts(), []);
  const svg = useMemo(() => facts && inLight((host) => runCard(facts, colourIn(host))), [facts]);
  const [failed, setFailed] = useState<string>();
  if (facts === undefined || svg === undefined)
    return <p>There is no run on the page: press Run, or play the recorded run.</p>;
  const name = `genrecal-${facts.startedAt.slice(0, 10)}-step-${facts.step}`;
  const savePng = async () => {
    try {
      download(`${name}.png`, await svgPng(svg, cardSize.width, cardSize.height));
    } catch (error) {
      setFailed(`No picture: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  return (
    <div className={classes.card}>
      <img src={svgUrl(svg)} alt={`Card of the run “${facts.title}”`} />
      <div className={classes.buttons}>
        <Button size="xs" onClick={() => void savePng()}>
          Save as PNG
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={() => download(`${name}.svg`, new Blob([svg], { type: 'image/svg+xml' }))}
        >
          Save as SVG
        </Button>
      </div>
      {failed !== undefined && <p role="alert">{failed}</p>}
    </div>
  );
}

function shownFacts(): CardFacts | undefined {
  const state = useStore.getState();
  const { run, metrics } = state;
  const record = recordShown(state);
  if (record === undefined || run.recipe === undefined || run.arms.length === 0) return undefined;
  // What it began with: whoever runs it again begins so as well.
  const { recipe } = asRevealed(record, state);
  const { whole } = runName(recipe);
  return {
    title: presetOf(recipe, { anySeed: true })?.label ?? whole,
    recipe: whole,
    split: splitOf(recipe),
    seeds: recipe.seeds,
    changedAfter: run.changes.map(({ step }) => step),
    arms: run.arms,
    evaluations: metrics.evaluations,
    step: run.step,
    totalSteps: run.totalSteps,
    adapter: record.adapter,
    startedAt: record.startedAt,
    link: linkTo(recipe),
  };
}

/** Colours as they are on white. */
function colourIn(host: HTMLElement): (name: string) => string {
  const style = getComputedStyle(host);
  return (name) => style.getPropertyValue(/--[\w-]+/.exec(name)?.[0] ?? name).trim();
}
