import { expect, it, vi } from 'vitest';
import { cardOf } from '../../src/engine/device/card-name.ts';
import { adapterName } from '../../src/engine/device/open-device.ts';

it.each([
  [
    'ANGLE (NVIDIA, NVIDIA GeForce RTX 3080 (0x00002206) Direct3D11 vs_5_0 ps_5_0, D3D11)',
    'NVIDIA GeForce RTX 3080',
  ],
  [
    'ANGLE (NVIDIA, NVIDIA GeForce RTX 4070 Laptop GPU Direct3D11 vs_5_0 ps_5_0, D3D11-31.0.15.3623)',
    'NVIDIA GeForce RTX 4070 Laptop GPU',
  ],
  [
    'ANGLE (NVIDIA Corporation, NVIDIA GeForce RTX 3080/PCIe/SSE2, OpenGL 4.5.0 NVIDIA 535.54)',
    'NVIDIA GeForce RTX 3080',
  ],
  [
    'ANGLE (NVIDIA, Vulkan 1.3.242 (NVIDIA NVIDIA H100 80GB HBM3 (0x00002330)), NVIDIA-535.104.5)',
    'NVIDIA H100 80GB HBM3',
  ],
  ['ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)', 'Intel UHD Graphics 620'],
  ['ANGLE (Intel(R) HD Graphics 630 Direct3D11 vs_5_0 ps_5_0)', 'Intel HD Graphics 630'],
  [
    'ANGLE (AMD, AMD Radeon RX 6800 XT (radeonsi, navi21, LLVM 15.0.7, DRM 3.49, 6.1.0), OpenGL 4.6)',
    'AMD Radeon RX 6800 XT',
  ],
  ['ANGLE (ATI Technologies Inc., Radeon RX 580 Direct3D11 vs_5_0 ps_5_0, D3D11)', 'AMD Radeon RX 580'],
  ['ANGLE (Apple, ANGLE Metal Renderer: Apple M1 Pro, Unspecified Version)', 'Apple M1 Pro'],
  ['ANGLE (Qualcomm, Adreno (TM) 650, OpenGL ES 3.2)', 'Qualcomm Adreno 650'],
  ['ANGLE (ARM, Mali-G78, OpenGL ES 3.2)', 'ARM Mali-G78'],
  [
    'ANGLE (NVIDIA, NVIDIA GeForce GTX 980 Direct3D11 vs_5_0 ps_5_0), or similar',
    'NVIDIA GeForce GTX 980 or similar',
  ],
  ['NVIDIA GeForce GTX 980, or similar', 'NVIDIA GeForce GTX 980 or similar'],
  ['NVIDIA GeForce RTX 3080/PCIe/SSE2', 'NVIDIA GeForce RTX 3080'],
])('%s is a card: %s', (renderer, name) => {
  expect(cardOf(renderer)).toEqual({ name, software: false });
});

it.each([
  [
    'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)',
    'SwiftShader',
  ],
  ['ANGLE (Mesa, llvmpipe (LLVM 15.0.6 256 bits), OpenGL 4.5)', 'llvmpipe'],
  [
    'ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0, D3D11)',
    'Microsoft Basic Render Driver',
  ],
])('%s is software', (renderer, name) => {
  expect(cardOf(renderer)).toEqual({ name, software: true });
});

it.each(['Apple GPU', 'ANGLE (Apple, Apple GPU, Metal)', 'WebKit WebGL', 'Mozilla', ''])(
  '“%s” says nothing',
  (renderer) => {
    expect(cardOf(renderer)).toBeUndefined();
  },
);

it('an adapter is named by WebGL where WebGPU names the maker alone, and both mean the same one', () => {
  const info = { vendor: 'nvidia', architecture: 'ampere', description: '', device: '' } as GPUAdapterInfo;
  const geforce = () =>
    'ANGLE (NVIDIA, NVIDIA GeForce RTX 3080 (0x00002206) Direct3D11 vs_5_0 ps_5_0, D3D11)';
  expect(adapterName(info, geforce)).toBe('NVIDIA GeForce RTX 3080');
  expect(adapterName(info, () => 'ANGLE (Intel, Intel(R) UHD Graphics 620, D3D11)')).toBe('nvidia ampere');
  expect(adapterName(info, () => undefined)).toBe('nvidia ampere');
  expect(adapterName(info)).toBe('nvidia ampere');
  const asked = vi.fn(geforce);
  expect(adapterName({ ...info, description: 'NVIDIA H100' }, asked)).toBe('NVIDIA H100');
  expect(asked).not.toHaveBeenCalled();
});
