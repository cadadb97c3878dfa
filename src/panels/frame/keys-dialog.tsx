import { Kbd, Table } from '@mantine/core';
import { useStore } from '../../store/store.ts';
import classes from '../app.module.css';
import { Dialog } from './dialog.tsx';
import { paletteShortcut, shortcuts } from '../palette/shortcuts.ts';

/** The list of keys. */
export default function KeysDialog() {
  const open = useStore((state) => state.keysOpen);
  const setOpen = useStore((state) => state.setKeysOpen);
  return (
    <Dialog title="Keyboard" opened={open} onClose={() => setOpen(false)}>
      <Table>
        <Table.Tbody>
          {[paletteShortcut, ...shortcuts].map(({ keys, label }) => (
            <Table.Tr key={label}>
              <Table.Td className={classes.keys}>
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </Table.Td>
              <Table.Td>{label}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <p>All but {paletteShortcut.keys.join(' ')} rest while you type in a field.</p>
    </Dialog>
  );
}
