import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

const MAKE = `
import sys, zipfile
folder, name, version, code = sys.argv[1:]
module = name.replace("-", "_")
info = f"{module}-{version}.dist-info"
with zipfile.ZipFile(f"{folder}/{module}-{version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr(f"{module}/__init__.py", code)
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", f"{module}/__init__.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
`;

/** A torch that imports at once; LION_TEST_GPUS says how many GPUs it sees. */
const TORCH = `
import os, warnings
class version:
    cuda = "12.8"
class cuda:
    @staticmethod
    def device_count():
        if os.environ.get("LION_TEST_GPUS") == "0":
            warnings.warn("CUDA initialization: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver")
        return int(os.environ.get("LION_TEST_GPUS", "0"))
    @staticmethod
    def is_bf16_supported():
        return True
`;

/**
 * Makes wheels of the packages that the trainer needs, real to pip and empty inside.
 *
 * @returns requirements that name them.
 */
export function fakeWheels(folder: string, python: string, code: Readonly<Record<string, string>> = {}): string[] {
  mkdirSync(folder, { recursive: true });
  const versions = {
    torch: "2.13.0",
    transformers: "5.17.0",
    tokenizers: "0.23.2",
    safetensors: "0.8.0",
    numpy: "2.4.0",
  };
  for (const [name, version] of Object.entries(versions)) {
    const body = code[name] ?? (name === "torch" ? TORCH : "");
    execFileSync(python, ["-c", MAKE, folder, name, version, body], { stdio: "inherit" });
  }
  return Object.entries(versions).map(([name, version]) => `${name}==${version}`);
}
