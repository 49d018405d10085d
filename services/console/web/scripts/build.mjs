// The whole build: typed client, check of types, bundle, compressed files. node scripts/build.mjs DIRECTORY
import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { generate } from "./client.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const directory = resolve(process.argv[2] ?? join(root, "dist"));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

await generate();
execFileSync(process.execPath, [tsc, "--noEmit", "-p", root], { stdio: "inherit" });
await build({ root, logLevel: "warn", build: { outDir: directory, emptyOutDir: true } });

for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|svg|json|webmanifest)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const content = await readFile(path);
  if (content.length < 1024) continue;
  await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
  await writeFile(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
}
