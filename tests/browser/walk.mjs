// Walks through the console as people do, and fails with all that it found: errors of the page, requests to other hosts, barriers for
// people with impairments, pages that scroll sideways on a phone.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const { CONSOLE, TOOLS, SCREENSHOTS } = process.env;
const require = createRequire(join(TOOLS, "index.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const PAGES = {
  province: "/",
  city: "/regions/210900",
  county: "/regions/210922",
  "county-met": "/regions/210901",
  "county-undetermined": "/regions/211001",
  "county-without-data": "/regions/219001",
  school: "/regions/210922/schools/3121000001",
  comparison: "/regions/210000/comparison?month=2024-12&county=210922&county=210901&county=211002",
  series: "/regions/210922/series",
  "series-province": "/regions/210000/series?measure=met-share",
  inflow: "/inflow",
  "inflow-county": "/regions/210901/inflow?to=2025-01",
  findings: "/findings?month=2025-01",
  submission: "/regions/210901/submissions/2025-01.1",
  standards: "/standards",
  standard: "/standards/national-quality-2017",
  differences: "/differences?before=national-basic-2012&after=national-quality-2017",
  "not-found": "/regions/999999",
};

const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);
const check = (holds, where, what) => { if (!holds) fault(where, what); };

mkdirSync(SCREENSHOTS, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

// A page of a fresh context that notes whatever goes wrong in it.
async function open(options, name) {
  const context = await browser.newContext({ locale: "zh-CN", ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    const missing = name === "not-found" && message.text().includes("404");
    if (["error", "warning"].includes(message.type()) && !missing) fault(name, `console: ${message.text()}`);
  });
  page.on("pageerror", (error) => fault(name, `error: ${error}`));
  page.on("dialog", (dialog) => { fault(name, `dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== CONSOLE) fault(name, `asks another host: ${url}`);
  });
  // A link that turns out to be a download is left, not failed.
  page.on("requestfailed", (request) => {
    const download = request.failure()?.errorText === "net::ERR_ABORTED" && /\/(drafts|reports|bulletins|statistics)\/|as=(csv|xlsx)/.test(request.url());
    if (!download) fault(name, `request failed: ${request.url()}`);
  });
  return { page, context };
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, impact, nodes } of violations) {
    if (["serious", "critical"].includes(impact)) {
      fault(name, `axe ${impact} ${id}: ${nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`);
    }
  }
}

async function sideways(page, name) {
  const { scroll, client } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth,
  }));
  check(scroll <= client, name, `scrolls sideways: ${scroll} in ${client}`);
}

// Every page, wide and on a phone.
for (const [name, path] of Object.entries(PAGES)) {
  for (const [size, viewport] of [["1440", WIDE], ["390", PHONE]]) {
    const { page, context } = await open({ viewport }, name);
    const response = await page.goto(CONSOLE + path);
    check(response.status() === (name === "not-found" ? 404 : 200), name, `status ${response.status()}`);
    const policy = response.headers()["content-security-policy"] ?? "";
    check(policy.includes("default-src 'none'") && !policy.includes("unsafe"), name, `policy: ${policy}`);
    await sideways(page, `${name} at ${size}`);
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${size}.png`), fullPage: true });
    const headings = await page.locator("h1").count();
    check(headings === 1, name, `${headings} headings of the first level`);
    if (size === "390") {
      for (const details of await page.locator("details").all()) await details.evaluate((node) => { node.open = true; });
      await sideways(page, `${name} opened at ${size}`);
    }
    await accessible(page, `${name} at ${size}`);
    await context.close();
  }
}

// The way from the province down to the reported figures, by clicking.
{
  const { page, context } = await open({ viewport: WIDE, acceptDownloads: true }, "way");
  await page.goto(CONSOLE + "/");
  check(new URL(page.url()).pathname === "/regions/210000", "way", `the first page is ${page.url()}`);
  check(await page.locator("#targets tbody tr").count() === 3, "way", "the targets do not show");
  await page.locator("#children").getByRole("link", { name: "阜新市" }).click();
  await page.getByRole("heading", { level: 1, name: /阜新市/ }).waitFor();
  await page.locator("#counties").getByRole("link", { name: "彰武县" }).click();
  await page.getByRole("heading", { level: 1, name: /彰武县/ }).waitFor();
  // The verdict opens level by level, to what was reported.
  const part = page.locator("#part-resources");
  await part.locator("> summary").click();
  const stage = part.locator("#stage-junior");
  await stage.locator("> summary").click();
  const units = stage.locator("details", { hasText: "未达标评估单元" }).first();
  await units.locator("> summary").click();
  const unit = units.locator("details", { hasText: "四堡子九年制学校" }).first();
  await unit.locator("> summary").click();
  const indicator = unit.locator("details", { hasText: "L4" }).first();
  await indicator.locator("> summary").click();
  check(await indicator.getByRole("table").isVisible(), "way", "the figures of L4 do not show");
  check((await indicator.innerText()).includes("教基"), "way", "the figures do not say their form");
  await unit.getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: "四堡子九年制学校" }).waitFor();
  await page.locator(".tree details > summary").first().click();
  check(await page.locator(".tree table").first().isVisible(), "way", "a school's figures do not show");
  // Back by the crumbs; a filter and a sort; a download.
  await page.getByRole("navigation", { name: "所在位置" }).getByRole("link", { name: "彰武县" }).click();
  await page.getByLabel("单元结论").selectOption("short");
  await page.getByRole("button", { name: "筛选" }).click();
  await page.waitForURL(/verdict=short/);
  const rows = await page.locator("#unit-table tbody tr").count();
  check(rows === 7, "way", `${rows} units are short`);
  await page.locator("#unit-table thead").getByRole("link", { name: "在校生" }).click();
  await page.waitForURL(/sort=pupils/);
  check(await page.locator("#unit-table th[aria-sort=ascending]").count() === 1, "way", "nothing says how it is sorted");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Word" }).click(),
  ]);
  check(download.suggestedFilename().startsWith("彰武县"), "way", `the report is ${download.suggestedFilename()}`);
  check(readFileSync(await download.path()).subarray(0, 2).toString() === "PK", "way", "the report is no document");
  const [issued] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#issued").getByRole("link").first().click(),
  ]);
  const digest = createHash("sha256").update(readFileSync(await issued.path())).digest("hex");
  check((await page.locator("#issued .digest").first().innerText()).trim() === digest, "way", "the issued report is not what was issued");
  await context.close();
}

// A cell near its limit leads to how the county stands with the indicator.
{
  const { page, context } = await open({ viewport: WIDE }, "cell");
  await page.goto(CONSOLE + "/regions/210900");
  await page.locator("#heat-junior td.near").getByRole("link").first().click();
  await page.waitForURL(/indicator=L3#indicator$/);
  check(await page.locator("svg:has(#lorenz-2-title)").isVisible(), "cell", "the Lorenz curve does not show");
  check((await page.locator("select[name=indicator]").inputValue()) === "L3", "cell", "another indicator is drawn");
  await context.close();
}

// A table, a bulletin; counties side by side.
{
  const { page, context } = await open({ viewport: WIDE, acceptDownloads: true }, "files");
  await page.goto(CONSOLE + "/regions/210900");
  const take = async (link) => (await Promise.all([page.waitForEvent("download"), link.click()]))[0];
  const table = await take(page.getByRole("link", { name: "下载各县结论，CSV" }));
  check(table.suggestedFilename().endsWith(".csv"), "files", `the table is ${table.suggestedFilename()}`);
  check(readFileSync(await table.path(), "utf8").includes("彰武县"), "files", "the table is without its counties");
  const bulletin = await take(page.getByRole("link", { name: "每月调度通报，Word" }));
  check(bulletin.suggestedFilename().includes("调度通报"), "files", `the bulletin is ${bulletin.suggestedFilename()}`);
  await page.getByRole("link", { name: "比较所属各县" }).click();
  await page.getByRole("checkbox", { name: "彰武县" }).check();
  await page.getByRole("checkbox", { name: "示例甲县" }).check();
  await page.getByRole("button", { name: "比较" }).click();
  await page.waitForURL(/county=/);
  check(await page.locator("#variations tbody tr").count() > 10, "files", "the counties do not stand side by side");
  await page.goto(CONSOLE + "/regions/210922/series");
  await page.getByLabel("内容").selectOption("mean");
  await page.getByRole("button", { name: "查看" }).click();
  await page.waitForURL(/measure=mean/);
  check(await page.locator("#series tbody tr").count() === 2, "files", "the months do not show");
  await context.close();
}

// On a phone a table or chart that goes on says so, the name of a row stays, letters in charts can be read.
{
  const { page, context } = await open({ viewport: PHONE }, "phone");
  await page.goto(CONSOLE + "/regions/210922");
  const told = await page.evaluate(() => {
    const box = document.querySelector("#unit-table").parentElement;
    box.scrollLeft = 300;
    const seen = (node) => { const { left, right } = node.getBoundingClientRect(); return left >= 0 && right <= innerWidth; };
    return {
      hint: box.previousElementSibling.textContent,
      stays: box.querySelector("tbody th").getBoundingClientRect().left >= 0,
      letters: Math.min(...[...document.querySelectorAll("figure svg text")].map((text) => {
        const svg = text.closest("svg");
        return parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      })),
      silent: [...document.querySelectorAll("figure .scroll")].filter((of) =>
        of.scrollWidth > of.clientWidth + 1 && !of.previousElementSibling?.textContent.includes("左右滑动")).length,
      verdict: seen(document.querySelector("#indicators-1 tbody .badge")),
      head: document.querySelector("#unit-table thead").getBoundingClientRect().height,
    };
  });
  check(told.hint.includes("左右滑动"), "phone", `nothing says that the table goes on: ${told.hint}`);
  check(told.stays, "phone", "the name of a row does not stay");
  check(told.letters >= 10, "phone", `letters of a chart are ${told.letters} pixels high`);
  check(told.silent === 0, "phone", `${told.silent} charts go on and do not say so`);
  check(told.verdict, "phone", "the verdict on an indicator is off the screen");
  check(told.head < 130, "phone", `the head of the units is ${told.head} high`);
  await context.close();
}

// The same with the keyboard: skip link, a heading's anchor, a summary.
{
  const { page, context } = await open({ viewport: WIDE }, "keyboard");
  await page.goto(CONSOLE + "/regions/210922");
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => document.activeElement.className) === "skip", "keyboard", "the first stop is not the skip link");
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.activeElement.id) === "content", "keyboard", "the skip link skips nothing");
  let reached = false;
  for (let step = 0; step < 40 && !reached; step += 1) {
    await page.keyboard.press("Tab");
    reached = await page.evaluate(() => document.activeElement.tagName === "SUMMARY");
  }
  check(reached, "keyboard", "no summary is reached");
  const idle = await page.evaluate(() =>
    [...document.querySelectorAll(".scroll[tabindex]")].filter((box) => box.scrollWidth <= box.clientWidth + 1).length);
  check(idle === 0, "keyboard", `${idle} boxes that do not scroll are stops`);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  check(outline === "solid", "keyboard", "the focus is not seen");
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.activeElement.parentElement.open), "keyboard", "a summary does not open");
  await context.close();
}

// The policy is in force: a script that gets into the page does not run.
{
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(CONSOLE + "/");
  const ran = await page.evaluate(() => new Promise((resolve) => {
    document.addEventListener("securitypolicyviolation", () => resolve(Boolean(window.injected)), { once: true });
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
    setTimeout(() => resolve("no violation was told"), 2000);
  }));
  check(ran === false, "policy", `an injected script ran: ${ran}`);
  await context.close();
}

// Without scripts everything is there, too.
{
  const { page, context } = await open({ javaScriptEnabled: false, viewport: PHONE }, "without scripts");
  await page.goto(CONSOLE + "/regions/210922");
  await page.locator("#part-government > summary").click();
  const item = page.locator("#item-G3");
  check(await item.isVisible(), "without scripts", "the tree does not open");
  await page.locator("form.chooser button").first().click();
  await page.waitForURL(/month=2024-12/);
  await page.getByRole("link", { name: "报送情况" }).first().click();
  await page.getByRole("heading", { level: 1, name: "报送情况" }).waitFor();
  await context.close();
}

// On paper: A4, with all of its tables.
{
  const { page, context } = await open({ viewport: WIDE }, "print");
  await page.goto(CONSOLE + "/regions/210922");
  await page.emulateMedia({ media: "print" });
  check(!(await page.locator(".chooser").first().isVisible()), "print", "forms are printed");
  check(!(await page.locator(".get").first().isVisible()), "print", "downloads are printed");
  const chosen = page.locator(".chosen");
  check(await chosen.isVisible() && (await chosen.innerText()).includes("评估标准：县域义务教育优质均衡"), "print", "the standard is not printed");
  const folded = await page.evaluate(() =>
    [...document.querySelectorAll(".tree details > .below")].filter((node) => !node.closest("details.node details.node.met")).filter((node) => node.getBoundingClientRect().height === 0).length);
  check(folded === 0, "print", `${folded} parts of the verdict are folded on paper`);
  await page.pdf({ path: join(SCREENSHOTS, "county.pdf"), preferCSSPageSize: true });
  await context.close();
}

await browser.close();
if (faults.length > 0) {
  console.error([...new Set(faults)].join("\n"));
  process.exit(1);
}
console.log(`${Object.keys(PAGES).length} pages, no fault`);
