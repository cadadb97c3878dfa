import { closeLook } from '../../store/engine/questions.ts';
import { useStore } from '../../store/store.ts';
import { Dialog } from '../frame/dialog.tsx';
import { Tokens } from './tokens.tsx';

/** The look into one answer. */
export default function TokensDialog() {
  const open = useStore((state) => state.looking);
  return (
    <Dialog title="Inside an answer" opened={open} onClose={closeLook} size="xl">
      <Tokens />
    </Dialog>
  );
}
