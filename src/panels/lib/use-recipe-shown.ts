import { useMediaQuery } from '@mantine/hooks';
import { useStore } from '../../store/store.ts';

/** Whether the recipe stands on the page: as somebody has chosen, or else where it leaves room for the rest, beside it or, on a phone, below. */
export function useRecipeShown(): boolean {
  const roomy = useMediaQuery('(min-width: 1181px), (max-width: 1000px)', true, {
    getInitialValueInEffect: false,
  });
  return useStore((state) => state.recipeOpen) ?? roomy;
}
