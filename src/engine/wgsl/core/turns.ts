import { Memory } from './memory.ts';
import type { View } from './view.ts';

/**
 * Scratch for lists of one kind, which run one after the other: the second lies in the buffers that the first is done with. What a list leaves there
 * is gone when the next one runs; cells that its kernels never write stay zero, because all record the same kernels.
 */
export class Turns {
  private recording = 0;
  private current: Memory;
  private buffers: View[] = [];

  constructor(private readonly memory: Memory) {
    this.current = memory.child(1);
  }

  /**
   * Memory for one list's scratch. The first list to take its turn has the most students.
   * @param recording counts how often the list has recorded, from 1: the first of a further recording has the buffers of the one before given back.
   */
  take(recording: number, students: number): Memory {
    if (recording !== this.recording) {
      this.current.dispose();
      this.buffers = [];
      this.recording = recording;
      this.current = this.memory.child(1);
    }
    return new Turn(this.current, this.buffers, students);
  }

  get bytes(): number {
    return this.current.bytes;
  }
}

/** Takes one buffer after the other, and makes those that are not there yet. */
class Turn extends Memory {
  private taken = 0;

  constructor(
    private readonly kept: Memory,
    private readonly inTurn: View[],
    students: number,
  ) {
    super(kept.device, kept.dry, students, kept.ledger);
  }

  override allocateOnce(length: number, label = ''): View {
    const view = (this.inTurn[this.taken++] ??= this.kept.allocateOnce(length, label));
    return { ...view, length: Math.ceil(Math.max(length, 4) / 4) * 4 };
  }
}
