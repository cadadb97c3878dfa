import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { lookAtOwnModel } from '../../store/own/own-model.ts';
import type { OwnRole } from '../../store/slices/pair-slice.ts';
import { readHubName } from '../../worker/own/hub-name.ts';
import classes from './own-model.module.css';

/** A public model by its name on huggingface.co; nothing is asked of it before the button is pressed. */
export function FromHub({ role }: { role: OwnRole }) {
  const [text, setText] = useState('');
  const model = readHubName(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (model !== undefined) void lookAtOwnModel(role, model);
  };
  return (
    <form className={classes.hub} onSubmit={submit}>
      <TextInput
        size="xs"
        label="or from huggingface.co"
        description="“Look it up” asks for its list of files and its texts, a few MB. The weights come when you have seen how large they are."
        placeholder="owner/name or owner/name@revision"
        spellCheck={false}
        value={text}
        error={
          text.trim() !== '' && model === undefined && 'Such a name is owner/name, or owner/name@revision.'
        }
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button size="xs" variant="default" type="submit" disabled={model === undefined}>
        Look it up
      </Button>
    </form>
  );
}
