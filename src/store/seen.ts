/** What is offered to who is here for the first time. */
export type Offer = 'tour' | 'story';

const keyOf = (offer: Offer) => `genrecal-${offer}-seen`;

/** Whether this browser's person has had an offer; true where nothing can be remembered, so that nobody is asked for ever. */
export function hasSeen(offer: Offer): boolean {
  try {
    return window.localStorage.getItem(keyOf(offer)) !== null;
  } catch {
    return true;
  }
}

export function rememberSeen(offer: Offer): void {
  try {
    window.localStorage.setItem(keyOf(offer), '1');
  } catch {
    // Frames and private windows may refuse.
  }
}
