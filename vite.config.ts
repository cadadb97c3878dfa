import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The development server's hot reload needs an inline script; the built page does not. */
const developmentPolicy: Plugin = {
  name: 'development-policy',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
};

export default defineConfig({
  // Works from any folder of any static host.
  base: './',
  plugins: [react(), developmentPolicy],
  worker: { format: 'es' },
  // Known from the start: what is found only when the worker starts would reload the page in the middle of loading.
  optimizeDeps: {
    include: [
      '@huggingface/jinja',
      '@huggingface/tokenizers',
      '@tensorflow/tfjs-backend-webgpu',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-core/dist/register_all_gradients',
      'fast-png',
      'recharts',
    ],
  },
  build: { target: 'es2023', chunkSizeWarningLimit: 900 },
});
