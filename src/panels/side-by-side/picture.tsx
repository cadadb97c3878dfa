import { useEffect, useRef } from 'react';
import { rgbaSide } from '../../engine/data/picture.ts';

/** RGBA bytes as a square picture; `className` gives its size. */
export function Picture(props: {
  pixels: Uint8ClampedArray<ArrayBuffer>;
  label: string;
  className: string | undefined;
}) {
  const { pixels, label, className } = props;
  const side = rgbaSide(pixels);
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    ref.current?.getContext('2d')?.putImageData(new ImageData(pixels, side, side), 0, 0);
  }, [pixels, side]);
  return <canvas ref={ref} width={side} height={side} className={className} role="img" aria-label={label} />;
}
