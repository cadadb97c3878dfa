/** The system's Chromium, or the one that the environment names. */
export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** With these it computes WebGPU on the graphics card, where there is one. */
export const webGpu = ['--enable-unsafe-webgpu', '--no-sandbox', '--no-first-run'];

/** With these on its own software adapter, and asks nothing of the network by itself. */
export const softwareWebGpu = [
  ...webGpu,
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
