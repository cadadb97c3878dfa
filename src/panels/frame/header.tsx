import { ActionIcon, Badge, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import {
  BookOpen,
  ChartNoAxesColumn,
  Check,
  Command,
  Keyboard,
  Moon,
  Presentation,
  SlidersHorizontal,
  Sun,
  type LucideIcon,
} from 'lucide-react';
import { lazy, Suspense, type ReactNode } from 'react';
import { useStore } from '../../store/store.ts';
import type { Reply, SelfCheckReport } from '../../worker/protocol.ts';
import { shows } from '../../store/slices/view-slice.ts';
import { useRecipeShown } from '../lib/use-recipe-shown.ts';
import { insideLandmark } from '../lib/tooltip-place.ts';
import classes from '../header.module.css';

const ShareMenu = lazy(() => import('../share/share-menu.tsx'));

/** What the page is, which device it computes on, and where else to look; `children` stand in between. */
export function Header({ children }: { children: ReactNode }) {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const learning = useStore((state) => state.learnOpen);
  const projecting = useStore((state) => state.view === 'projector');
  const hasRecipe = useStore((state) => shows(state, 'recipe'));
  const recipeShown = useRecipeShown();
  const { setLearnOpen, setMeasuredOpen, setPaletteOpen, setView, setKeysOpen, setRecipeOpen } =
    useStore.getState();
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>
        GenRecal <span>Playground</span>
      </h1>
      <div className={classes.middle}>{children}</div>
      <div className={classes.right}>
        <Copied />
        <Adapter />
        {hasRecipe && (
          <Icon
            icon={SlidersHorizontal}
            label="Recipe"
            deskOnly
            pressed={recipeShown && !learning}
            onClick={() => {
              setRecipeOpen(learning || !recipeShown);
              setLearnOpen(false);
            }}
          />
        )}
        <Icon
          icon={BookOpen}
          label="Read along: how this works"
          pressed={learning}
          onClick={() => setLearnOpen(!learning)}
          data-tour="learn"
        />
        <Icon
          icon={ChartNoAxesColumn}
          label="What we measured"
          wideOnly
          onClick={() => setMeasuredOpen(true)}
        />
        <Suspense fallback={<span className={classes.icon} />}>
          <ShareMenu />
        </Suspense>
        <Icon icon={Command} label="Commands" onClick={() => setPaletteOpen(true)} data-tour="palette" />
        <Icon
          icon={Presentation}
          label="Projector mode"
          pressed={projecting}
          wideOnly
          onClick={() => setView(projecting ? 'full' : 'projector')}
        />
        <Icon icon={Keyboard} label="Keyboard shortcuts" wideOnly onClick={() => setKeysOpen(true)} />
        <Icon
          icon={scheme === 'dark' ? Sun : Moon}
          label={scheme === 'dark' ? 'Use the light colour scheme' : 'Use the dark colour scheme'}
          onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
        />
      </div>
    </header>
  );
}

function Icon(props: {
  icon: LucideIcon;
  label: string;
  onClick: () => void;
  /** For a switch: whether it is on. */
  pressed?: boolean;
  /** Left out where there is little room: the command palette has it. */
  wideOnly?: boolean;
  /** Left out on a phone. */
  deskOnly?: boolean;
  'data-tour'?: string;
}) {
  const { icon: Drawing, label, onClick, pressed, wideOnly, deskOnly } = props;
  return (
    <Tooltip label={label} {...insideLandmark}>
      <ActionIcon
        variant={pressed === true ? 'light' : 'subtle'}
        color={pressed === true ? 'blue' : 'gray'}
        aria-label={label}
        aria-pressed={pressed}
        className={wideOnly ? classes.wide : deskOnly ? classes.desk : undefined}
        data-tour={props['data-tour']}
        onClick={onClick}
      >
        <Drawing size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

function Adapter() {
  const device = useStore((state) => state.device);
  const selfCheck = useStore((state) => state.selfCheck);
  if (device.status !== 'ready') return null;
  const { software, features, adapter } = device.report;
  return (
    <Tooltip
      label={
        <>
          {software
            ? 'A software adapter: results are right, but training is slow. Use a browser with hardware acceleration for a demo.'
            : `Features: ${features.join(', ') || 'none beyond the basics'}.`}{' '}
          {selfCheck !== undefined && checkText(selfCheck)}
        </>
      }
      multiline
      w={280}
      {...insideLandmark}
    >
      <Badge
        variant="outline"
        color={software ? 'orange' : 'gray'}
        tt="none"
        tabIndex={0}
        className={classes.adapter}
      >
        {software ? 'Software: ' : 'GPU: '}
        {adapter}
        <span className={classes.checked}>
          {selfCheck?.ok && <Check size={12} aria-label="checked against PyTorch" />}
        </span>
      </Badge>
    </Tooltip>
  );
}

/** How far a trial step was from PyTorch's. */
function checkText(selfCheck: Reply<SelfCheckReport>): string {
  if (!selfCheck.ok) return `Not checked against PyTorch: ${selfCheck.failure.message}`;
  const { loss, gradient, seconds } = selfCheck.value;
  return `Checked against PyTorch in ${seconds.toFixed(1)} s: loss ${loss.toExponential(0)}, gradient ${gradient.toExponential(0)} (relative).`;
}

function Copied() {
  const copied = useStore((state) => state.copied);
  const link = copied?.what === 'link';
  return (
    <span role="status" className={classes.copied}>
      {copied?.outcome === 'copied' && `${link ? 'Link' : 'Result'} copied.`}
      {copied?.outcome === 'refused' &&
        `The browser refuses: ${link ? 'copy the address bar' : 'save the run as a file'}.`}
    </span>
  );
}
