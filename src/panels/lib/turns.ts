interface Turn {
  draw: () => void;
  /** Somebody just changed what is shown, and is watching. */
  urgent: boolean;
}

/** Those who wait to draw. One draws at a time, so that no task is longer than one drawing, and together they take a fifth of the time. */
export class Turns {
  private readonly waiting: Turn[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private drawing = false;
  /** `performance.now()` before which only what is urgent is drawn. */
  private free = 0;

  /** Waits for one's turn. @returns gives the turn up. */
  queue(turn: Turn): () => void {
    const { waiting } = this;
    const patient = waiting.findIndex(({ urgent }) => !urgent);
    waiting.splice(turn.urgent && patient >= 0 ? patient : waiting.length, 0, turn);
    this.call();
    return () => {
      const place = waiting.indexOf(turn);
      if (place >= 0) waiting.splice(place, 1);
    };
  }

  private call(): void {
    if (this.drawing || this.waiting.length === 0) return;
    clearTimeout(this.timer);
    const wait = this.waiting[0]!.urgent ? 0 : Math.max(0, this.free - performance.now());
    this.timer = setTimeout(() => {
      this.drawing = true;
      // After a frame is painted: the drawing has the whole next one.
      requestAnimationFrame(() => setTimeout(() => this.take()));
    }, wait);
  }

  private take(): void {
    const start = performance.now();
    this.waiting.shift()?.draw();
    // After what the drawing itself sets off.
    setTimeout(() => {
      const now = performance.now();
      this.free = now + 4 * (now - start);
      this.drawing = false;
      this.call();
    });
  }
}
