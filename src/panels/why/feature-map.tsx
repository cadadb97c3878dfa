import { NativeSelect, Slider } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { FeaturePoint } from '../../store/slices/metrics-slice.ts';
import { formatFine, formatPercent } from '../lib/format.ts';
import { Panel } from '../frame/panel.tsx';
import { Explained } from '../terms/explained.tsx';
import type { SpaceKey } from './plane.ts';
import { Scatter } from './scatter.tsx';
import { useProbedArm } from './use-probed-arm.ts';
import classes from './why.module.css';

const about: Record<
  SpaceKey,
  { title: string; own: string; others: string; teacher: string; measure: string }
> = {
  teacherSpace: {
    title: 'The teacher’s space, after Rec-proj-post',
    own: 'r_s: question’s last position, recalibrated',
    others: 'r_l: answer positions, recalibrated',
    teacher: 'z_l: teacher, same tokens (frozen)',
    measure: 'cosine of r and z_l',
  },
  studentSpace: {
    title: 'The student’s space, where Rec-body reads',
    own: 'z_s: student, question’s last position',
    others: '',
    teacher: 'z_l through Rec-proj-pre',
    measure: 'cosine of z_s and pre(z_l)',
  },
};

const spaces: readonly SpaceKey[] = ['teacherSpace', 'studentSpace'];

/** Features of a few held-out tokens in the run's fixed planes, step by step. */
export default function FeatureMap({ tabs }: { tabs: ReactNode }) {
  const { arms, arm, setArm, maps } = useProbedArm();
  return (
    <Panel
      title="Feature map"
      aside={
        <div className={classes.head}>
          {arms.length > 1 && (
            <NativeSelect
              size="xs"
              aria-label="Student"
              value={arm}
              data={arms.map(({ key, label }) => ({ value: key, label }))}
              onChange={(event) => setArm(event.currentTarget.value)}
            />
          )}
          {tabs}
        </div>
      }
    >
      {maps.length === 0 ? (
        <p className={classes.empty}>
          While a run with a Recalibrator trains, this maps a few features of held-out questions: the
          student’s, the teacher’s, and what the Recalibrator makes of them, as they move.
        </p>
      ) : (
        <Maps maps={maps} />
      )}
    </Panel>
  );
}

/** @param maps of one arm, by step; at least one. */
function Maps({ maps }: { maps: readonly FeaturePoint[] }) {
  const [chosen, setChosen] = useState<number>();
  const last = maps.length - 1;
  // Goes along with the run until somebody looks back.
  const at = chosen === undefined ? last : Math.min(chosen, last);
  const shown = maps[at]!;
  const start = maps[0]!;
  return (
    <div className={classes.maps}>
      <div className={classes.spaces}>
        {spaces.map((space) => {
          const { title, own, others, teacher, measure } = about[space];
          const { cosine, cosineOthers, explained, width } = shown.map[space];
          return (
            <figure key={space} className={classes.map}>
              <figcaption>
                <strong>{title}</strong>
              </figcaption>
              <Scatter
                maps={maps}
                at={at}
                space={space}
                label={`${title}, after step ${shown.step}: mean ${measure} of the same token ${formatFine(cosine)}, of other tokens ${formatFine(cosineOthers)}.`}
              />
              <ul className={classes.key}>
                <li>
                  <Mark own first /> <Explained text={own} />
                </li>
                {others !== '' && (
                  <li>
                    <Mark own /> <Explained text={others} />
                  </li>
                )}
                <li>
                  <Mark first />
                  <Mark /> {teacher}
                </li>
              </ul>
              <p className={classes.measure}>
                mean {measure} <b>{formatFine(cosine)}</b>, of other tokens <b>{formatFine(cosineOthers)}</b>
              </p>
              <p className={classes.note}>
                {at > 0 &&
                  `At step ${start.step}: ${formatFine(start.map[space].cosine)} and ${formatFine(start.map[space].cosineOthers)}. `}
                The plane shows {formatPercent(explained)} of the variance in {width} dimensions.
              </p>
            </figure>
          );
        })}
      </div>
      <div className={classes.slider}>
        <span>step {shown.step}</span>
        <Slider
          size="sm"
          min={0}
          max={Math.max(1, last)}
          step={1}
          value={at}
          disabled={last === 0}
          onChange={(value) => setChosen(value === last ? undefined : value)}
          label={(value) => `step ${maps[Math.min(value, last)]?.step}`}
          thumbLabel="Step of the map"
        />
      </div>
      <p className={classes.note}>
        {shown.map.tokens.length} tokens of held-out answers; lines join the same token, trails are the steps
        so far. Axes: principal components at step {start.step}, then kept, so what moves here has moved.
        Cosines are of the full features.
      </p>
    </div>
  );
}

function Mark({ own = false, first = false }: { own?: boolean; first?: boolean }) {
  return (
    <svg width="11" height="11" viewBox="-6 -6 12 12" aria-hidden className={classes.mark} data-own={own}>
      {first ? <circle r="4" /> : <path d="M0 -4.6L4.2 3.4H-4.2Z" />}
    </svg>
  );
}
