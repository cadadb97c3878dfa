import { SegmentedControl } from '@mantine/core';
import { lookAtOwnModel } from '../../store/own/own-model.ts';
import type { OwnModelDialog as Shown, OwnRole } from '../../store/slices/pair-slice.ts';
import { useStore } from '../../store/store.ts';
import { Dialog } from '../frame/dialog.tsx';
import { Choose } from './choose.tsx';
import { FromHub } from './from-hub.tsx';
import { Known } from './known.tsx';
import { NotTaken } from './not-taken.tsx';
import classes from './own-model.module.css';
import { Reading } from './reading.tsx';
import { RememberedList } from './remembered-list.tsx';

const roles = [
  { value: 'teacher', label: 'as teacher' },
  { value: 'student', label: 'as student' },
];

/** Takes a model that a person has: a folder as `transformers` saves it, or a zip of one. It stays on this computer. */
export default function OwnModelDialog() {
  const shown = useStore((state) => state.ownModel);
  const other = useStore(({ pairs, draft, ownModel }) => {
    const pair = pairs.find(({ key }) => key === draft.pair);
    return ownModel?.role === 'teacher' ? pair?.student : pair?.teacher;
  });
  const role = shown?.role ?? 'student';
  const failure = shown?.step === 'choose' ? shown.failure : undefined;
  const busy = shown?.step === 'look' || shown?.step === 'read';
  return (
    <Dialog
      title="Your own model"
      opened={shown !== undefined}
      onClose={() => useStore.setState({ ownModel: undefined })}
      size="lg"
    >
      <p>
        A folder that <code>transformers</code> saved (<code>config.json</code>, tokenizer, safetensors in
        F32, F16 or BF16), or a zip of it: LLaVA, LLaVA-OneVision, Idefics3 or SmolVLM. Nothing of it leaves
        this computer.
      </p>
      <SegmentedControl
        fullWidth
        aria-label="What it becomes"
        data={roles}
        value={role}
        disabled={busy}
        onChange={(value) => {
          const chosen = value as OwnRole;
          if (shown?.step === 'known') void lookAtOwnModel(chosen, shown.brought, shown.expected);
          else useStore.setState({ ownModel: { role: chosen, step: 'choose' } });
        }}
      />
      {other !== undefined && (
        <p className={classes.other}>
          The {role === 'teacher' ? 'student' : 'teacher'} stays {other.folder} ({other.names.family}).
        </p>
      )}
      {shown !== undefined && <Step shown={shown} />}
      {failure !== undefined && <NotTaken failure={failure} />}
    </Dialog>
  );
}

function Step({ shown }: { shown: Shown }) {
  switch (shown.step) {
    case 'choose':
      return (
        <>
          <Choose
            folderLabel="Folder of the model"
            onTake={(chosen) => void lookAtOwnModel(shown.role, chosen)}
          />
          <FromHub role={shown.role} />
          <RememberedList
            what="model"
            onOpen={({ name, place }) => void lookAtOwnModel(shown.role, place, name)}
          />
        </>
      );
    case 'look':
      return <Reading what="model" />;
    case 'known':
      return <Known {...shown} />;
    case 'read':
      return <Reading what="model" progress={shown.progress} />;
  }
}
