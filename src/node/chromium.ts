/** The system's Chromium, or the one that the environment names. */
export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** With these it computes WebGPU on its own software adapter, and asks nothing of the network by itself. */
export const softwareWebGpu = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** With these it computes WebGPU on the graphics card, where there is one. */
export const webGpu = ['--enable-unsafe-webgpu', '--no-sandbox', '--no-first-run'];
