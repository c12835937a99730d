// A host that serves the built pages with made-up data, for the pictures. It listens on a port of its own choice.

import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { BOARDS } from "./console.mjs";
import { FACES } from "./passenger.mjs";
import { Desk } from "./rides.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const shells = fileURLToPath(new URL("../../server/src/passenger/tests/shells", import.meta.url));

// What the platform sends with every page: a request that leaves the host is refused by the browser itself.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const KINDS = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml" };

/** The names of the shells that stand alone. */
export async function plainShells() {
  const files = await readdir(shells);
  return files.filter((file) => !file.startsWith("page.")).map((file) => file.replace(/\.html$/, ""));
}

/** A ride that the script drives, face by face; remembers what the page has told the platform. */
export class Ride {
  state = FACES.trip_running;
  told = [];
  #pages = [];

  show(face) {
    this.state = FACES[face];
    for (const push of this.#pages) push("state", this.state);
  }

  follow(push) {
    this.#pages.push(push);
    push("state", this.state);
  }

  tell(what, body) {
    this.told.push([what, body]);
    if (what === "pay") return { trade_no: "2026112022001407500000004931" };
    this.state = FACES.checking;
    return { state: this.state };
  }
}

async function answer(path, query, send, stream, body, ride, desk) {
  const [, first, second, third] = path.split("/");
  if (first === "assets") return send(await readFile(join(dist, path)), KINDS[extname(path)]);
  if (first === "shell") return send(await readFile(join(shells, `${second}.html`)), KINDS[".html"]);
  if (first === "face") {
    const page = await readFile(join(shells, `page.${third}.html`), "utf8");
    const state = JSON.stringify(second === "ride" ? ride.state : FACES[second]).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const filled = page.replace(/data-state="[^"]*"/, () => `data-state="${state}"`).replace("TOKEN", second);
    return send(filled, KINDS[".html"]);
  }
  if (query.get("token") === "ride") return ride.follow(stream);
  if (body.token === "ride") return send(JSON.stringify(ride.tell(path.replace("/p/api/", ""), body)), "application/json");
  if (path === "/p/api/events") return stream("state", FACES[query.get("token")]);
  if (path === "/p/api/state") return send(JSON.stringify(FACES[query.get("token")]), "application/json");
  if (path === "/p/api/screen-code") {
    const message = { zh: "数字不对，还可以再试 4 次。请看车内屏幕上现在的数字。", en: "These digits are not right. Look at the ones on the car's screen now; 4 tries left." };
    return send(JSON.stringify({ message }), "application/json");
  }
  if (first === "console") return consoleAnswer(path, query, send, stream, body, desk);
  return send("not here", "text/plain", 404);
}

// The board's name travels in the address of the console page, and from there in the Referer of its calls.
async function consoleAnswer(path, query, send, stream, body, desk) {
  const board = BOARDS[query.get("board") ?? "busy"];
  if (path === "/console" || path === "/console/") return send(await readFile(join(dist, "console/index.html")), KINDS[".html"]);
  if (path === "/console/api/me") {
    return board === undefined ? send("", "application/json", 401) : send(JSON.stringify({ name: "li.na", fleet: board.fleet }), "application/json");
  }
  if (path === "/console/api/board" || path === "/console/api/events") desk.shownAt = Date.now();
  if (path === "/console/api/board") return send(JSON.stringify(board), "application/json");
  if (path === "/console/api/events") return stream("board", board);
  if (path.endsWith("/enrolment-code")) return send(JSON.stringify({ code: "7QK2-M4XD-9APT-6E9W-HC35-RZ8N-JV1Q-BG4Y" }), "application/json");
  if (path === "/console/api/vehicles") return send(JSON.stringify({ id: "new" }), "application/json", 201);
  const [status, told] = query.get("board") === "busy" ? (desk.answer(path, body) ?? []) : path.endsWith("/cars") ? [200, []] : [];
  if (status !== undefined) return send(told === null ? "" : JSON.stringify(told), "application/json", status);
  if (path === "/console/api/sign-in") return send("", "application/json", 401);
  return send("{}", "application/json");
}

/** Starts the host; answers with its address and a way to stop it. */
export async function host() {
  const [ride, desk] = [new Ride(), new Desk()];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://host");
    const from = new URL(request.headers.referer ?? "http://host");
    const query = url.searchParams.has("token") || url.searchParams.has("board") ? url.searchParams : from.searchParams;
    const send = (body, type, status = 200) =>
      response.writeHead(status, { "content-type": type, "content-security-policy": POLICY }).end(body);
    const stream = (event, data) => {
      if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    const parts = await request.toArray();
    const body = parts.length === 0 ? {} : JSON.parse(Buffer.concat(parts).toString());
    answer(url.pathname, query, send, stream, body, ride, desk).catch(() => send("not here", "text/plain", 404));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${server.address().port}`, ride, desk, stop };
}
