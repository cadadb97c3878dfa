import { ActionIcon, Button, NativeSelect, SegmentedControl } from '@mantine/core';
import { useElementSize, useHotkeys } from '@mantine/hooks';
import { ChevronLeft, ChevronRight, Footprints } from 'lucide-react';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { stageKeys, stageLabels, type StageKey } from '../../engine/method/stages.ts';
import { armsOf, mainArm } from '../../engine/recipe/arms.ts';
import { sameRecipe } from '../../engine/recipe/same-recipe.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { isOfSeed } from '../../engine/run/of-seed.ts';
import { useStore } from '../../store/store.ts';
import { Panel } from '../frame/panel.tsx';
import { runBlocker } from '../run-bar/run-blocker.ts';
import { NeedsDevice } from '../lib/needs-device.tsx';
import { useThrottled } from '../lib/use-throttled.ts';
import { Diagram, stateWords } from './diagram.tsx';
import { factsOf, seesPictures, type DiagramContext } from './facts.ts';
import { narrowLayout, wideLayout } from './layout.ts';
import classes from './model.module.css';
import { measuredText } from './moment.ts';
import { sideOf, wiringOf, type PartKey, type Wiring } from './parts.ts';
import { phasesOf, type Phase } from './phases.ts';
import { useToldStep, type ToldStep } from './use-told-step.ts';

/** The loaded pair and the Recalibrator as they are wired in each stage, and one real step told part by part. */
export default function Model({ tabs }: { tabs: ReactNode }) {
  const architecture = useStore((state) => state.architecture);
  const refused = useStore((state) => state.device.status === 'failed');
  const hidden = useStore(({ draft, run }) => (isActive(run.phase) ? run.recipe : draft)?.blind === true);
  return (
    <Panel title="Model" aside={tabs}>
      {hidden ? (
        <p className={classes.empty}>
          What is to be guessed would stand in this drawing. It is there again after “Reveal”.
        </p>
      ) : architecture === undefined && refused ? (
        <NeedsDevice
          what="This drawing is of a pair that is loaded, and loading one"
          className={classes.empty}
        />
      ) : architecture === undefined ? (
        <p className={classes.empty}>
          When a pair is loaded, this draws its two models and the Recalibrator between them, with the shapes
          that were loaded.
        </p>
      ) : (
        <Wired architecture={architecture} />
      )}
    </Panel>
  );
}

function Wired({ architecture }: { architecture: DiagramContext['architecture'] }) {
  const draft = useStore((state) => state.draft);
  const {
    phase: runPhase,
    recipe: running,
    stage: runStage,
    shapes: runShapes,
  } = useStore((state) => state.run);
  const forecast = useStore((state) => state.forecast);
  const active = isActive(runPhase);
  const [chosenStage, setStage] = useState<StageKey>('distil');
  const [chosenArm, setArm] = useState(mainArm);
  const stage = active && runStage !== undefined ? runStage : chosenStage;
  const whole = active && running !== undefined ? running : draft;
  const arms = useMemo(() => armsOf(whole), [whole]);
  const arm = arms.find(({ key }) => key === chosenArm) ?? arms[0]!;
  const shapes = (active ? runShapes : undefined) ?? forecast?.bounds ?? runShapes;
  const { wiring, context, phases } = useMemo(() => {
    const from: DiagramContext = { architecture, recipe: arm.recipe, stage, shapes };
    const made = wiringOf(arm.recipe, stage, seesPictures(from));
    return { wiring: made, context: from, phases: phasesOf(made, from) };
  }, [architecture, arm, stage, shapes]);
  const told = useToldStep(phases.length);
  const latest = useMetrics(arm.key, stage, told.step);
  // Numbers of another recipe would not belong to what is drawn.
  const same = useMemo(
    () => active || (running !== undefined && sameRecipe(running, draft)),
    [active, running, draft],
  );
  const metrics = same ? latest : undefined;
  const example = useStore(({ run }) =>
    told.step !== undefined && run.watched?.step === told.step ? run.watched.example : undefined,
  );
  useArrowKeys(told.move);
  const { ref, width } = useElementSize();
  const layout = width > 0 && width < 480 ? narrowLayout : wideLayout;
  const lit = told.at === undefined ? undefined : phases[told.at];
  const { choose } = told;
  const choosePart = useCallback(
    (part: PartKey) => {
      const at = phases.findIndex(({ parts }) => parts.includes(part));
      choose(at < 0 ? undefined : at);
    },
    [phases, choose],
  );
  return (
    <div className={classes.model} ref={ref}>
      <div className={classes.top}>
        <SegmentedControl
          size="xs"
          aria-label="Stage"
          value={stage}
          disabled={active}
          onChange={(value) => setStage(value)}
          data={stageKeys.map((value) => ({ value, label: stageLabels[value] }))}
        />
        {arms.length > 1 && (
          <NativeSelect
            size="xs"
            aria-label="Student"
            value={arm.key}
            onChange={(event) => setArm(event.currentTarget.value)}
            data={arms.map(({ key, label }) => ({ value: key, label }))}
          />
        )}
        <Legend />
      </div>
      <div
        className={classes.drawing}
        style={
          layout === narrowLayout
            ? { aspectRatio: `${narrowLayout.width} / ${narrowLayout.height}` }
            : undefined
        }
      >
        <Diagram
          wiring={wiring}
          context={context}
          layout={layout}
          phase={lit}
          losses={metrics?.losses ?? noLosses}
          example={example}
          onChoose={choosePart}
        />
      </div>
      <PartList wiring={wiring} context={context} />
      <section className={classes.moment} aria-label="One step, part by part">
        <Controls told={told} phases={phases} lit={lit} />
        <MomentText
          lit={lit}
          stage={stage}
          objectiveUses={phases.length > 0}
          step={told.step}
          measured={lit && told.step !== undefined ? measuredText(lit, metrics, example) : undefined}
        />
      </section>
    </div>
  );
}

const noLosses = {};

/** An arm's numbers of one step, or the latest of a stage. */
function useMetrics(arm: string, stage: StageKey, step: number | undefined) {
  const version = useThrottled(
    useStore((state) => state.metrics.version),
    500,
  );
  return useMemo(() => {
    void version;
    const { metrics, run } = useStore.getState();
    // The example and the words at the heads are the first seed's.
    return metrics.steps.findLast(
      (one) =>
        one.arm === arm &&
        one.stage === stage &&
        (step === undefined || one.step === step) &&
        isOfSeed(one, run.recipe?.seed),
    );
  }, [version, arm, stage, step]);
}

/** ← and → wherever the focus is, but in a slider, which needs them itself. */
function useArrowKeys(move: (by: number) => void): void {
  const by = (amount: number) => (event: globalThis.KeyboardEvent) => {
    if (!(event.target as HTMLElement).matches('[role="slider"]')) move(amount);
  };
  useHotkeys([
    ['ArrowLeft', by(-1)],
    ['ArrowRight', by(1)],
  ]);
}

function Controls({
  told,
  phases,
  lit,
}: {
  told: ToldStep;
  phases: readonly Phase[];
  lit: Phase | undefined;
}) {
  const blocked = useStore(runBlocker);
  const { step, waiting, runPhase, move, start, at } = told;
  const fresh = !isActive(runPhase);
  return (
    <div className={classes.buttons}>
      <Button
        size="xs"
        leftSection={<Footprints size={14} />}
        loading={waiting}
        disabled={(fresh && blocked !== undefined) || phases.length === 0}
        onClick={() => void start()}
      >
        {fresh ? 'Start with a slow step' : 'Slow-motion step'}
      </Button>
      <ActionIcon
        variant="default"
        aria-label="Previous part"
        disabled={phases.length === 0}
        onClick={() => move(-1)}
      >
        <ChevronLeft size={16} />
      </ActionIcon>
      <ActionIcon
        variant="default"
        aria-label="Next part"
        disabled={phases.length === 0}
        onClick={() => move(1)}
      >
        <ChevronRight size={16} />
      </ActionIcon>
      <span className={classes.title}>
        {lit === undefined ? '' : `${at! + 1} of ${phases.length} · ${lit.title}`}
      </span>
      {lit !== undefined && (
        <span className={classes.aside}>
          {step === undefined ? 'what every step does' : `step ${step}, made in one go, retold slowly`}
        </span>
      )}
    </div>
  );
}

interface MomentTextProps {
  lit: Phase | undefined;
  stage: StageKey;
  objectiveUses: boolean;
  step: number | undefined;
  measured: string | undefined;
}

function MomentText({ lit, stage, objectiveUses, step, measured }: MomentTextProps) {
  if (!objectiveUses)
    return (
      <p className={classes.text} role="status">
        {stage === 'align'
          ? 'Stage 1 prepares the Recalibrator. This student has none, so nothing of it trains here.'
          : 'Nothing trains in this stage.'}
      </p>
    );
  if (lit === undefined)
    return (
      <p className={classes.text} role="status">
        A slow-motion step makes one real training step on this device, then tells it part by part at a human
        pace, with that step’s own numbers. ← and → move through the parts.
      </p>
    );
  return (
    <p className={classes.text} role="status">
      {lit.text}{' '}
      {measured !== undefined && (
        <strong>
          Step {step}: {measured}.{' '}
        </strong>
      )}
    </p>
  );
}

/** The drawing as text. */
function PartList({ wiring, context }: { wiring: Wiring; context: DiagramContext }) {
  const keys = (Object.keys(wiring.state) as PartKey[]).filter((key) => wiring.state[key] !== 'unused');
  return (
    <ul className="visually-hidden" aria-label="Parts of this stage">
      {keys.map((key) => {
        const { title, lines } = factsOf(key, context);
        const side = sideOf(key);
        const state = stateWords[wiring.state[key]];
        return <li key={key}>{[side, title, ...lines, state].filter(Boolean).join(', ')}</li>;
      })}
    </ul>
  );
}

/** What no label in the drawing says. */
function Legend() {
  return (
    <p className={classes.legend}>
      <svg width="22" height="8" aria-hidden>
        <g className={classes.flow} data-gradient>
          <polyline points="0,4 22,4" />
        </g>
      </svg>{' '}
      bold: the gradient comes back
    </p>
  );
}
