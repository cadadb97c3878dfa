#!/usr/bin/env bash
# Installs what the tests need beside npm packages: Chromium, a software Vulkan driver for WebGPU in Node, and PyTorch, which goes on with
# the engine's runs. Does nothing when all are there.
set -euo pipefail

chromium=${CHROMIUM:-/usr/bin/chromium}
lavapipe=/usr/share/vulkan/icd.d/lvp_icd.json

libraries=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null || true)
has_torch() {
  local python
  for python in "${PYTHON:-python3}" /usr/bin/python3; do
    if "$python" -c 'import importlib.util as util, sys; sys.exit(util.find_spec("torch") is None)' 2>/dev/null; then return 0; fi
  done
  return 1
}
if [[ -x $chromium && -e $lavapipe && $libraries == *libvulkan.so.1* ]] && has_torch; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "The tests need Chromium (set CHROMIUM to its path) and a Vulkan driver such as Mesa's lavapipe. Install them with your system's package manager." >&2
  exit 1
fi
root=()
[[ $(id -u) -eq 0 ]] || root=(sudo)
export DEBIAN_FRONTEND=noninteractive

"${root[@]}" apt-get update -q || true
"${root[@]}" apt-get install -y -q --no-install-recommends chromium libvulkan1
has_torch || "${root[@]}" apt-get install -y -q --no-install-recommends python3-torch ||
  echo "No PyTorch here: the tests that go on with a run in PyTorch are skipped."

# WebGPU needs Mesa 25 or later, which Debian 12 has in its backports: the machine's own entry, with that suite's name.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
if [[ $codename == bookworm && ! -e $lavapipe ]]; then
  list=/etc/apt/sources.list.d/genrecal-backports
  if [[ -e /etc/apt/sources.list.d/debian.sources ]]; then
    awk 'BEGIN { RS = ""; ORS = "\n\n" } /Suites:[^\n]*bookworm-updates/ { sub(/Suites:[^\n]*/, "Suites: bookworm-backports"); print }' \
      /etc/apt/sources.list.d/debian.sources | "${root[@]}" tee "$list.sources" >/dev/null
  elif [[ -e /etc/apt/sources.list ]]; then
    sed -n 's/^\(deb .*\) bookworm main.*/\1 bookworm-backports main/p' /etc/apt/sources.list | head -n 1 |
      "${root[@]}" tee "$list.list" >/dev/null
  fi
  "${root[@]}" apt-get update -q || true
  "${root[@]}" apt-get install -y -q --no-install-recommends -t bookworm-backports mesa-vulkan-drivers || true
fi
[[ -e $lavapipe ]] || "${root[@]}" apt-get install -y -q --no-install-recommends mesa-vulkan-drivers || true
if [[ ! -e $lavapipe ]]; then
  echo "No lavapipe driver here: WebGPU in Node falls back to Chromium's SwiftShader."
fi
