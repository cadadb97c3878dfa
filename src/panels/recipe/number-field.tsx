import { TextInput } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import { readNumber, type NumberKind } from '../../engine/recipe/text/typed-number.ts';

/**
 * A number as text, so that `2e-4` can be typed and a half-typed number is kept. What is not a number is passed on as the text it is: the
 * schema says what is wrong. Up and down keys change the value by `step`.
 */
export function NumberField(props: {
  id?: string;
  className?: string;
  label?: string;
  value: number | string;
  step: number;
  kind: NumberKind;
  disabled?: boolean;
  /** That the value is wrong, or what is wrong with it where nothing else says so. */
  error: boolean | string;
  describedBy?: string;
  onChange: (value: number | string) => void;
}) {
  const { value, step, kind, describedBy, onChange, ...input } = props;
  const [text, setText] = useState(String(value));
  const valueOf = (typed: string) => {
    const read = readNumber(typed, kind);
    return read.ok ? read.value : typed;
  };
  // The form changes the value too: reset, presets.
  const shown = Object.is(valueOf(text), value) ? text : String(value);
  const change = (next: string) => {
    setText(next);
    onChange(valueOf(next));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (direction === 0 || typeof value === 'string') return;
    event.preventDefault();
    change(String(Number((value + direction * step).toPrecision(12))));
  };
  return (
    <TextInput
      {...input}
      size="xs"
      inputMode={kind === 'whole' ? 'numeric' : 'decimal'}
      autoComplete="off"
      value={shown}
      aria-describedby={describedBy}
      onKeyDown={onKeyDown}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
