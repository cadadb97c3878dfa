import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

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

/** Zod hangs the making of a JSON Schema on every schema; nobody here asks for one. */
const noJsonSchema: Plugin = {
  name: 'no-json-schema',
  enforce: 'pre',
  apply: 'build',
  load: (id) =>
    id.endsWith('/zod/v4/core/to-json-schema.js')
      ? [
          'createStandardJSONSchemaMethod',
          'createToJSONSchemaMethod',
          'extractDefs',
          'finalize',
          'handleUnrepresentable',
          'initializeContext',
          'process',
          'processSchema',
        ]
          .map((name) => `export const ${name} = undefined;`)
          .join('')
      : undefined,
};

/**
 * The page without a network, and as an app. One build is kept whole, JSON files and the recorded run with it; a newer one waits until the
 * page asks for it. Shards and pictures are kept by the engine, under their hash.
 */
const offline = VitePWA({
  injectRegister: null,
  manifest: {
    id: './',
    name: 'GenRecal Playground',
    short_name: 'GenRecal',
    description: 'Distil one vision-language model into another on your own GPU and watch it happen.',
    start_url: './',
    scope: './',
    display: 'standalone',
    background_color: '#12233b',
    theme_color: '#12233b',
    icons: [
      { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
      { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
      { src: 'icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    ],
  },
  workbox: {
    globPatterns: ['**/*.{html,js,css,woff2,json}'],
    maximumFileSizeToCacheInBytes: 8e6,
    navigateFallback: 'index.html',
    // Cards and data of the site are files, not the page.
    navigateFallbackDenylist: [/\/(?:checkpoints|data|recorded)\//],
    skipWaiting: false,
    clientsClaim: false,
    cleanupOutdatedCaches: true,
    sourcemap: false,
  },
});

export default defineConfig({
  // Works from any folder of any static host.
  base: './',
  plugins: [react(), developmentPolicy, woff2Only, noJsonSchema, offline],
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
      'papaparse',
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
