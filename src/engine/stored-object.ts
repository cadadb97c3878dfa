import { z } from 'zod';

/** An object as a file holds it: `shape` is what this page reads and checks; what a newer page wrote beside it stays. */
export function storedObject<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape> {
  return z.looseObject(shape);
}
