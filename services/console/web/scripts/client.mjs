// Types of the three services' APIs from the OpenAPI documents that they publish.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const DOCUMENTS = new URL("../../../../docs/openapi/", import.meta.url);
const GENERATED = new URL("../src/api/generated/", import.meta.url);

/** What a client is typed by; texts, examples and the problems (one shape for all) are left out. */
function essence(document) {
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path)) {
      delete operation.description;
      delete operation.summary;
      for (const status of Object.keys(operation.responses ?? {})) {
        if (!status.startsWith("2")) delete operation.responses[status];
      }
      operation.parameters = operation.parameters?.filter((it) => it.in !== "header");
    }
  }
  return document;
}

export async function generate() {
  await mkdir(GENERATED, { recursive: true });
  for (const service of ["projects", "energy", "alerts"]) {
    const document = JSON.parse(await readFile(new URL(`${service}.json`, DOCUMENTS), "utf8"));
    const types = astToString(await openapiTS(essence(document), { emptyObjectsUnknown: true, defaultNonNullable: false }));
    await writeFile(new URL(`${service}.ts`, GENERATED), types);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generate();
