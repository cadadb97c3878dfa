import { useEffect, useRef } from 'react';

/** 64×64 RGBA as a picture; `className` gives its size. */
export function Picture(props: {
  pixels: Uint8ClampedArray<ArrayBuffer>;
  label: string;
  className: string | undefined;
}) {
  const { pixels, label, className } = props;
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    ref.current?.getContext('2d')?.putImageData(new ImageData(pixels, 64, 64), 0, 0);
  }, [pixels]);
  return <canvas ref={ref} width={64} height={64} className={className} role="img" aria-label={label} />;
}
