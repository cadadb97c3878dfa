import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The development server's hot reload needs an inline script; the built page does not. */
const developmentPolicy: Plugin = {
  name: 'development-policy',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
};

/** Of KaTeX's fonts only the format that every browser with WebGPU reads. */
const woff2Only: Plugin = {
  name: 'woff2-only',
  enforce: 'pre',
  transform: (code, id) =>
    id.includes('katex.min.css')
      ? code.replace(/,url\([^)]*\) format\("(?:woff|truetype)"\)/g, '')
      : undefined,
};

export default defineConfig({
  // Works from any folder of any static host.
  base: './',
  plugins: [react(), developmentPolicy, woff2Only],
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
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 900,
    // The content-security policy takes fonts from files only.
    assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined),
  },
});
