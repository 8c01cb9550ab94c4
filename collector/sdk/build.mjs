// Makes dist/ of src/: esbuild joins the modules, terser makes them small. `npm ci && npm run build`; dist/ is committed, so
// nobody needs node to run rtcpulse, and a test builds again and compares the bytes.
import { mkdir, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { minify } from "terser";

const CORE = "./rtcpulse.mjs";

const joined = async (entry, options) => {
  const { outputFiles } = await build({
    entryPoints: ["src/" + entry], bundle: true, write: false, format: "esm", target: "es2022", charset: "utf8",
    minifySyntax: true, ...options,
  });
  return outputFiles[0].text;
};

// Names that begin with _ are the SDK's own and nobody else's.
const small = async (text, module) => {
  const { code } = await minify(text, {
    module, ecma: 2020, toplevel: true,
    compress: { ecma: 2020, unsafe_arrows: true, unsafe_methods: true, keep_fargs: false }, // one pass: more make gzip's work harder
    mangle: { properties: { regex: /^_/, reserved: ["_pc"] } }, // _pc is LiveKit's
    format: { ecma: 2020 },
  });
  return code;
};

const FORMS = {
  "rtcpulse.mjs": ["rtcpulse.js", {}],
  "livekit.mjs": ["livekit.module.js", { external: [CORE] }],
  "debug.mjs": ["debug.module.js", { external: [CORE] }],
  // A classic script has no import.meta; while it runs it is document.currentScript.
  "rtcpulse.js": ["rtcpulse.script.js", { format: "iife", define: { "import.meta.url": "document.currentScript.src" } }],
  "livekit.js": ["livekit.script.js", { format: "iife" }],
  "debug.js": ["debug.script.js", { format: "iife" }],
};

await mkdir("dist", { recursive: true });
for (const [name, [entry, options]] of Object.entries(FORMS)) {
  await writeFile("dist/" + name, await small(await joined(entry, options), name.endsWith(".mjs")));
}
