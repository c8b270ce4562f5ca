// Looks at one page as people meet it: `node look.js PAGE.html DIRECTORY` prints, as JSON, what axe and the
// browser say of each view, and leaves screenshots and a print in DIRECTORY. Judges nothing: page.rs does.
// Speaks the DevTools protocol over chromium's own pipe, so that axe is all there is to install.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const VIEWS = [
  { name: "light", scheme: "light", width: 1100, height: 900 },
  { name: "dark", scheme: "dark", width: 1100, height: 900 },
  { name: "phone-light", scheme: "light", width: 360, height: 740 },
  { name: "phone-dark", scheme: "dark", width: 360, height: 740 },
];

// `--no-sandbox`: the pages are our own, and CI runs as root.
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
];

function browser(profile) {
  const child = spawn(process.env.CHROMIUM ?? "chromium", [...FLAGS, `--user-data-dir=${profile}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const waiting = new Map();
  const listeners = [];
  const fail = (why) => {
    console.error(why);
    process.exit(1);
  };
  child.on("error", (error) => fail(`chromium does not start: ${error.message}`));
  child.on("exit", () => waiting.size > 0 && fail("chromium ended before it answered"));
  let text = "";
  child.stdio[4].setEncoding("utf8").on("data", (piece) => {
    const messages = (text + piece).split("\0");
    text = messages.pop();
    for (const message of messages.map((one) => JSON.parse(one))) {
      const { resolve, reject } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      if (message.error) reject?.(new Error(message.error.message));
      else resolve?.(message.result);
      if (message.method) listeners.forEach((listener) => listener(message));
    }
  });
  let last = 0;
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      child.stdio[3].write(JSON.stringify({ id: last, method, params, sessionId }) + "\0");
    });
  const gone = new Promise((resolve) => child.on("exit", resolve));
  return { send, gone, on: (listener) => listeners.push(listener) };
}

/** What a browser finds in the page; runs inside it. */
async function within() {
  const { violations, incomplete, passes } = await axe.run(document, { resultTypes: ["violations", "incomplete"] });
  const named = (rules) =>
    rules.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.target}: ${node.html}`));
  const wider = (element) => element.scrollWidth > element.clientWidth + 1;
  const all = [...document.querySelectorAll("*")];
  // Contrast that axe does not see: what is drawn, and text in drawings (WCAG 1.4.3 and 1.4.11).
  const rgb = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = rgb(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = (selector, colour, least) =>
    [...document.querySelectorAll(selector)]
      .map((element) => {
        const card = getComputedStyle(element.closest("section")).backgroundColor;
        const [high, low] = [getComputedStyle(element)[colour], card].map(luminance).sort((a, b) => b - a);
        return { ratio: (high + 0.05) / (low + 0.05), what: element.outerHTML.slice(0, 80) };
      })
      .filter(({ ratio }) => ratio < least)
      .map(({ ratio, what }) => `${ratio.toFixed(2)}: ${what}`);
  return {
    violations: named(violations),
    undecided: named(incomplete.map((rule) => ({
      ...rule,
      nodes: rule.nodes.filter(({ html }) => rule.id !== "color-contrast" || !html.startsWith("<text")),
    }))),
    faint: [
      ...faint("svg text", "fill", 4.5),
      ...faint(".bar rect", "fill", 3),
      ...faint(".quota, .area", "stroke", 3),
      ...faint(".key[class*=' '], .meter", "backgroundColor", 3),
    ],
    rules: passes.length,
    // What the scheme came to, so that nobody takes two light views for a light and a dark one.
    background: getComputedStyle(document.body).backgroundColor,
    wide: wider(document.documentElement),
    // Scrolls by itself; everything else must fit.
    overflowing: all
      .filter((element) => element.clientWidth > 0 && wider(element) && !element.matches(".wide, html, body"))
      .map((element) => element.outerHTML.slice(0, 120)),
    scripts: document.scripts.length,
    images: document.images.length,
    handlers: all.flatMap((element) => element.getAttributeNames().filter((name) => name.startsWith("on"))),
    smallest: Math.min(
      ...all
        .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .filter((element) => element.getClientRects().length > 0)
        .map((element) => {
          const matrix = element.getScreenCTM?.();
          return parseFloat(getComputedStyle(element).fontSize) * (matrix ? matrix.a : 1);
        }),
    ),
  };
}

async function look(page, directory) {
  const profile = mkdtempSync(join(tmpdir(), "korebulk-page-"));
  const { send, gone, on } = browser(profile);
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const ask = (method, params) => send(method, params, sessionId);
  const save = (name, data) => writeFileSync(join(directory, name), Buffer.from(data, "base64"));
  const requests = [];
  const complaints = [];
  on(({ method, params }) => {
    if (method === "Network.requestWillBeSent") requests.push(params.request.url.slice(0, 200));
    if (method === "Log.entryAdded") complaints.push(params.entry.text);
  });
  const loaded = () =>
    new Promise((resolve) => on(({ method }) => method === "Page.loadEventFired" && resolve()));
  await Promise.all(["Page.enable", "Network.enable", "Log.enable", "Runtime.enable"].map((method) => ask(method)));

  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const views = {};
  for (const { name, scheme, width, height } of VIEWS) {
    await ask("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await ask("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    const whole = loaded();
    await ask("Page.navigate", { url: pathToFileURL(resolve(page)).href });
    await whole;
    const shot = await ask("Page.captureScreenshot", { captureBeyondViewport: true });
    save(`${name}.png`, shot.data);
    const { result, exceptionDetails } = await ask("Runtime.evaluate", {
      expression: `${axe};(${within})()`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    views[name] = result.value;
  }
  await ask("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
  const print = await ask("Page.printToPDF", { printBackground: true, preferCSSPageSize: true });
  save("print.pdf", print.data);
  await send("Browser.close");
  await gone;
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  return { views, requests, complaints };
}

const [page, directory] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
console.log(JSON.stringify(await look(page, directory)));
