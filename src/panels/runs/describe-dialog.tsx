import { Button, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { runName } from '../../engine/recipe/run-name.ts';
import { maxNameLength, maxNoteLength } from '../../engine/run/record-schema.ts';
import { describeRun } from '../../store/kept/run-list.ts';
import type { RunRow } from '../../store/slices/runs-slice.ts';
import { Dialog } from '../frame/dialog.tsx';
import classes from './sweep.module.css';

interface DescribeProps {
  row: RunRow;
  opened: boolean;
  onClose: () => void;
}

/** What a person calls a run, and remarks on it. */
export function DescribeDialog({ row, opened, onClose }: DescribeProps) {
  return (
    <Dialog title="Name and note" opened={opened} onClose={onClose}>
      <Words row={row} onClose={onClose} />
    </Dialog>
  );
}

/** Begins anew with every opening. */
function Words({ row, onClose }: Pick<DescribeProps, 'row' | 'onClose'>) {
  const [name, setName] = useState(row.given ?? '');
  const [note, setNote] = useState(row.note ?? '');
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        onClose();
        void describeRun(row.id, { name, note });
      }}
    >
      <TextInput
        className={classes.wide}
        size="xs"
        label="name"
        placeholder={runName(row.recipe).short}
        maxLength={maxNameLength}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        className={classes.wide}
        size="xs"
        label="note"
        rows={3}
        maxLength={maxNoteLength}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Button type="submit" size="xs">
        Keep
      </Button>
    </form>
  );
}
