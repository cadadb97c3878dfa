/** What WebGL says draws here; undefined where it is not offered, or says nothing. */
export function webglRenderer(): string | undefined {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl', { powerPreference: 'high-performance' });
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  const renderer: unknown = info && gl?.getParameter(info.UNMASKED_RENDERER_WEBGL);
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return typeof renderer === 'string' ? renderer : undefined;
}
