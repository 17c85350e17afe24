// Holds objects of kinds that Kubernetes itself does not have against the schemas of those who make them, and refuses fields that no schema knows.
// Usage: node kinds.mjs FOLDER < objects.json, FOLDER being the one with node_modules. Faults go to stdout, a line each.
//
// The schemas come as functions that read every field they know. So what one of them never reads, it does not know.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const PACKAGES = {
  "cert-manager.io": "cert-manager",
  "gateway.networking.k8s.io": "gateway-api",
  "monitoring.coreos.com": "prometheus-operator",
};

/** A value that remembers which of its fields were read. */
function watched(value, place, places) {
  if (value === null || typeof value !== "object") return value;
  const read = new Set();
  const inner = Array.isArray(value) ? [] : {};
  for (const [key, one] of Object.entries(value)) inner[key] = watched(one, `${place}/${key}`, places);
  places.push({ place, value, read });
  const get = (target, key) => {
    read.add(key);
    return target[key];
  };
  return new Proxy(inner, { get });
}

async function faults(object) {
  const [group, version] = object.apiVersion.split("/");
  const folder = `${resolve(process.argv[2])}/node_modules/@kubernetes-models/${PACKAGES[group]}`;
  const { [object.kind]: Kind } = await import(`${folder}/${group}/${version}/${object.kind}.js`);
  const places = [];
  const model = new Kind();
  Object.assign(model, watched(object, "", places));
  // Assigning has read what is at the top.
  const known = new Set(["apiVersion", "kind", "metadata", "spec"]);
  const found = Object.keys(object).filter((key) => !known.has(key)).map((key) => `/${key} is unknown`);
  try {
    model.validate();
  } catch (error) {
    return [error.message];
  }
  for (const { place, value, read } of places) {
    for (const key of Object.keys(value)) if (!read.has(key)) found.push(`${place}/${key} is unknown`);
  }
  return found;
}

for (const object of JSON.parse(readFileSync(0, "utf8"))) {
  for (const fault of await faults(object)) console.log(`${object.kind} ${object.metadata.name}: ${fault}`);
}
