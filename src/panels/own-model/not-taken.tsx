import { Alert } from '@mantine/core';
import { CircleAlert } from 'lucide-react';
import type { EngineFailure } from '../../engine/errors.ts';
import classes from './own-model.module.css';

/** Why what a person brought was refused. */
export function NotTaken({ failure }: { failure: EngineFailure }) {
  return (
    <Alert
      color="red"
      variant="light"
      icon={<CircleAlert size={18} />}
      title="It was not taken"
      role="alert"
      className={classes.failure}
    >
      {failure.message} <strong>{failure.action}</strong>
    </Alert>
  );
}
