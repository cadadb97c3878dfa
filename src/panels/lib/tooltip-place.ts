/** Keeps a tooltip in the region it belongs to, where screen readers look for it, and yet unclipped by panels that scroll. */
export const insideLandmark = { withinPortal: false, floatingStrategy: 'fixed' } as const;
