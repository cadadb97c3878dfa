import { Button, Kbd, Popover, SegmentedControl, Slider } from '@mantine/core';
import { SlidersHorizontal } from 'lucide-react';
import { useStore } from '../../store/store.ts';
import { followed } from './axis/extent.ts';
import classes from './curves.module.css';

/** How the curves are drawn, in a small window. */
export function ViewMenu() {
  const smoothing = useStore((state) => state.curves.smoothing);
  const time = useStore((state) => state.curves.time);
  const setCurves = useStore((state) => state.setCurves);
  return (
    <Popover position="bottom-end" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button size="compact-xs" variant="default" leftSection={<SlidersHorizontal size={13} aria-hidden />}>
          view
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.view} aria-label="How the curves are drawn">
        <span>smoothing</span>
        <Slider
          size="xs"
          min={0}
          max={0.98}
          step={0.02}
          value={smoothing}
          onChange={(value) => setCurves({ smoothing: value })}
          label={(value) => value.toFixed(2)}
          thumbLabel="Smoothing"
        />
        <Choice field="time" label="over" off="steps" on="time at work" />
        <Choice field="logSteps" label={time ? 'time' : 'steps'} off="linear" on="log" />
        <Choice field="logValues" label="values" off="linear" on="log" />
        <Choice field="follow" label="show" off="all steps" on={`last ${followed}`} />
        <p>
          Drag over a part to look closer, Ctrl and the wheel too; double-click for the whole run. Keys in a
          chart: <Kbd>+</Kbd> <Kbd>−</Kbd> <Kbd>0</Kbd>, <Kbd>Shift</Kbd> <Kbd>←</Kbd> <Kbd>→</Kbd>, and{' '}
          <Kbd>Enter</Kbd> to enlarge it.
        </p>
      </Popover.Dropdown>
    </Popover>
  );
}

interface ChoiceProps {
  field: 'logSteps' | 'logValues' | 'follow' | 'time';
  label: string;
  off: string;
  on: string;
}

function Choice({ field, label, off, on }: ChoiceProps) {
  const value = useStore((state) => state.curves[field]);
  const setCurves = useStore((state) => state.setCurves);
  return (
    <>
      <span>{label}</span>
      <SegmentedControl
        size="xs"
        aria-label={label}
        value={value ? on : off}
        onChange={(chosen) => setCurves({ [field]: chosen === on })}
        data={[off, on]}
      />
    </>
  );
}
