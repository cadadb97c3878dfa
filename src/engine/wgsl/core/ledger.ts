/** What the memories of a run hold together, by the labels of their buffers, and how large a buffer and a binding they ever needed. */
export class Ledger {
  private readonly held = new Map<string, number>();
  /** Bytes of the largest buffer, and of the largest part of one that a kernel reads or writes. */
  largestBuffer = 0;
  largestBinding = 0;

  allocated(label: string, bytes: number): void {
    this.held.set(label, (this.held.get(label) ?? 0) + bytes);
    this.largestBuffer = Math.max(this.largestBuffer, bytes);
  }

  freed(label: string, bytes: number): void {
    this.held.set(label, this.held.get(label)! - bytes);
  }

  bound(bytes: number): void {
    this.largestBinding = Math.max(this.largestBinding, bytes);
  }

  /** Bytes by label at this moment. */
  get bytes(): Map<string, number> {
    return new Map(this.held);
  }
}
