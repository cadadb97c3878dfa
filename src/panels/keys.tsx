import { Kbd, Table } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { pause, resume, run, step } from '../store/engine.ts';
import { useStore } from '../store/store.ts';
import { Dialog } from './dialog.tsx';

const keys = [
  ['Space', 'Run, pause or resume'],
  ['.', 'One step, then pause'],
  ['← →', 'In the model view: the part before or after'],
  ['?', 'Show these keys'],
] as const;

/** Page-wide keys; they keep out of the way while a field or button has the focus. */
export function useKeys(): void {
  useHotkeys(
    [
      ['space', runPauseResume],
      ['.', step],
      ['shift+?', showKeys],
      // Keyboards on which “?” needs no Shift.
      ['?', showKeys],
    ],
    ['INPUT', 'TEXTAREA', 'SELECT', 'BUTTON'],
  );
}

function showKeys(): void {
  useStore.getState().setKeysOpen(true);
}

function runPauseResume(): void {
  const {
    run: { phase },
    replay,
  } = useStore.getState();
  if (replay !== undefined)
    void import('../store/replay.ts').then(({ hold, play }) => (replay.playing ? hold() : play()));
  else if (phase === 'running') pause();
  else if (phase === 'paused') resume();
  else void run();
}

export function KeysDialog() {
  const open = useStore((state) => state.keysOpen);
  const setOpen = useStore((state) => state.setKeysOpen);
  return (
    <Dialog title="Keyboard" opened={open} onClose={() => setOpen(false)}>
      <Table>
        <Table.Tbody>
          {keys.map(([key, action]) => (
            <Table.Tr key={key}>
              <Table.Td>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{action}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Dialog>
  );
}
