import type { Remembered } from '../slices/pair-slice.ts';
import { useStore } from '../store.ts';
import { deletePlace, listPlaces, putPlace } from './remembered-database.ts';

const { setState } = useStore;

/** Reads what was remembered at earlier visits; nothing where the browser refuses storage. */
export async function readRemembered(): Promise<void> {
  setState({ remembered: await listPlaces().catch(() => []) });
}

/** Remembers where a person's model or pictures are; to be called when they have said so. Storage that refuses is said, and harms nothing. */
export async function remember(place: Omit<Remembered, 'rememberedAt'>): Promise<void> {
  try {
    await putPlace({ ...place, rememberedAt: new Date().toISOString() });
  } catch {
    setState({
      runsNotice: {
        code: 'storage-refused',
        message: `“${place.label}” is open, but this browser does not remember it: it refuses to store anything, or has no room.`,
        action: 'Free some room, or open it again at the next visit.',
      },
    });
  }
  await readRemembered();
}

export async function forget(name: string): Promise<void> {
  try {
    await deletePlace(name);
  } catch {
    // Storage that refuses has nothing to forget.
  }
  await readRemembered();
}
