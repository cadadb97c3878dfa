/** Paper is white: a page in the dark scheme prints in the light one. */
export function printInLight(): void {
  const { dataset } = document.documentElement;
  let scheme: string | undefined;
  addEventListener('beforeprint', () => {
    scheme = dataset.mantineColorScheme;
    dataset.mantineColorScheme = 'light';
  });
  addEventListener('afterprint', () => {
    dataset.mantineColorScheme = scheme;
  });
}
