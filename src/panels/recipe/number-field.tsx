import { TextInput } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';

/**
 * A number as text, so that `2e-4` can be typed and a half-typed number is kept. What is not a number is passed on as NaN: the
 * schema says what is wrong. Up and down keys change the value by `step`.
 */
export function NumberField(props: {
  id: string;
  className?: string;
  value: number;
  step: number;
  integer: boolean;
  disabled: boolean;
  invalid: boolean;
  describedBy: string | undefined;
  onChange: (value: number) => void;
}) {
  const { id, className, value, step, integer, disabled, invalid, describedBy, onChange } = props;
  const [text, setText] = useState(String(value));
  // The form changes the value too: reset, presets.
  const shown = Object.is(toNumber(text), value) ? text : Number.isNaN(value) ? '' : String(value);
  const change = (next: string) => {
    setText(next);
    onChange(toNumber(next));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (direction === 0 || !Number.isFinite(value)) return;
    event.preventDefault();
    change(String(Number((value + direction * step).toPrecision(12))));
  };
  return (
    <TextInput
      id={id}
      className={className}
      size="xs"
      inputMode={integer ? 'numeric' : 'decimal'}
      autoComplete="off"
      value={shown}
      disabled={disabled}
      error={invalid}
      aria-describedby={describedBy}
      onKeyDown={onKeyDown}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text.replace(',', '.'));
}
